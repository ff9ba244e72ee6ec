import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { fileURLToPath } from "node:url";
import { readSafetensors } from "../../lib/data/safetensors.ts";
import { logMel, melFrames } from "../../lib/pretrained/sound/log_mel.ts";
import { melFilters } from "../../lib/pretrained/sound/mel_filters.ts";
import { resample } from "../../lib/pretrained/sound/resample.ts";
import { tf } from "../../lib/tf/backend.ts";
import { maxDifference } from "./max_difference.ts";

const path = fileURLToPath(
  new URL("fixtures/sound.safetensors", import.meta.url),
);
const { tensors, metadata } = await readSafetensors(path);
const sound = (name: string) => tensors[name].dataSync() as Float32Array;
const sampleRate = 16_000;

for (const mels of [80, 128]) {
  Deno.test(`logMel() of a window full of sound is WhisperFeatureExtractor's, ${mels} mels`, async () => {
    const features = logMel(sound("full"), { sampleRate, mels, seconds: 1 });
    const expected = tensors[`features/full/${mels}`].expandDims(0);
    const difference = await maxDifference(features, expected);
    assert(difference < 1e-5, `${difference}`);
    tf.dispose([features, expected]);
  });
}

Deno.test("logMel() fills a window of 30 s as WhisperFeatureExtractor does", async () => {
  const features = logMel(sound("short"), { sampleRate, mels: 80 });
  assertEquals(features.shape, [1, 80, 3000]);
  const [start, rest] = tf.split(features, [30, 2970], 2);
  const expected = tensors["features/short/80"].expandDims(0);
  assert(await maxDifference(start, expected) < 1e-5);
  const silence = tf.fill(rest.shape, Number(metadata.silence));
  assert(await maxDifference(rest, silence) < 1e-5);
  tf.dispose([features, start, rest, expected, silence]);
});

Deno.test("logMel() of silence is the floor, -1.5, everywhere", async () => {
  const silence = new Float32Array(1000);
  const features = logMel(silence, { sampleRate, mels: 8, seconds: 0.1 });
  assertEquals(new Set(await features.data()), new Set([-1.5]));
  features.dispose();
});

Deno.test("a pure tone is loudest in the band around its frequency", async () => {
  const filters = melFilters(80, { bins: 201, highest: 8000 });
  const peaks = filters.map(({ first, weights }) =>
    40 * (first + weights.indexOf(Math.max(...weights)))
  );
  for (const hertz of [400, 1000, 3000, 7000]) {
    const tone = Float32Array.from(
      { length: sampleRate },
      (_, i) => Math.sin(2 * Math.PI * hertz * i / sampleRate),
    );
    const features = logMel(tone, { sampleRate, mels: 80, seconds: 1 });
    const middle = features.slice([0, 0, 50], [1, 80, 1]).flatten();
    const [band] = await middle.argMax().data();
    assert(Math.abs(peaks[band] - hertz) <= 120, `${hertz}: ${peaks[band]}`);
    tf.dispose([features, middle]);
  }
});

Deno.test("melFrames() counts the steps of 10 ms that a clip reaches into", () => {
  const counts = [1, 160, 161, 16_000].map((samples) =>
    melFrames(new Float32Array(samples))
  );
  assertEquals(counts, [1, 1, 2, 100]);
});

Deno.test("what is not a clip of the window is refused, and says why", () => {
  const options = { sampleRate, mels: 80 };
  const refuses = (
    samples: unknown,
    changes: Record<string, unknown>,
    message: string,
    kind: ErrorConstructor = RangeError,
  ) =>
    assertThrows(
      () => logMel(samples as Float32Array, { ...options, ...changes }),
      kind,
      message,
    );
  const second = new Float32Array(16_000);
  refuses(new Float32Array(0), {}, "got 0 (0 s)");
  refuses(
    new Float32Array(31 * 16_000),
    {},
    "480000 (30 s) samples, got 496000 (31 s)",
  );
  refuses(second, { seconds: 0.5 }, "8000 (0.5 s) samples, got 16000 (1 s)");
  refuses(second, { sampleRate: 8000 }, "of 16000, got 8000; resample()");
  refuses(second, { mels: 0 }, "mels");
  refuses(second, { seconds: 0.03 }, "steps of 0.02 s, got 0.03");
  refuses(second, { seconds: NaN }, "seconds");
  refuses(second, { window: 2 }, '"window"', TypeError);
  refuses([0, 1], {}, "Float32Array", TypeError);
  for (const bad of [NaN, Infinity]) {
    refuses(Float32Array.of(0, bad), {}, `finite, got ${bad} at 1`);
  }
});

for (const rate of [8000, 22_050, 44_100]) {
  Deno.test(`resample() from ${rate} Hz is scipy's resample_poly`, () => {
    const made = resample(sound(`resample/${rate}`), {
      from: rate,
      to: 16_000,
    });
    const expected = sound(`resampled/${rate}`);
    assertEquals(made.length, expected.length);
    made.forEach((value, i) => assertAlmostEquals(value, expected[i], 1e-6));
  });
}

Deno.test("resample() to the same rate is a copy, and refuses what is no rate", () => {
  const clip = Float32Array.of(1, -0.5);
  const same = resample(clip, { from: 8000, to: 8000 });
  assertEquals(same, clip);
  assert(same !== clip);
  for (const rate of [0, -1, 0.5, NaN]) {
    assertThrows(
      () => resample(clip, { from: rate, to: 8000 }),
      RangeError,
      "from",
    );
    assertThrows(
      () => resample(clip, { from: 8000, to: rate }),
      RangeError,
      "to",
    );
  }
});

Deno.test("resample() up and back down returns a clip without high tones", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 100, max: 900 }),
    (up, hertz) => {
      const clip = Float32Array.from(
        { length: 400 },
        (_, i) => Math.sin(2 * Math.PI * hertz * i / 4000),
      );
      const rates = { from: 4000, to: 4000 * up };
      const back = resample(resample(clip, rates), {
        from: rates.to,
        to: rates.from,
      });
      for (let i = 50; i < 350; i++) {
        assertAlmostEquals(back[i], clip[i], 0.02);
      }
    },
  ));
});
