import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { fileURLToPath } from "node:url";
import { readWav } from "../../lib/pretrained/sound/wav.ts";

const fixture = (name: string) =>
  fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

/** -1, -0.75, ..., 0.75: what every fixture holds. */
const ramp = Array.from({ length: 8 }, (_, i) => i / 4 - 1);

for (
  const [name, rate] of [
    ["byte", 8000],
    ["int16", 16_000],
    ["int24", 16_000],
    ["float", 22_050],
  ] as const
) {
  Deno.test(`readWav() reads what Python wrote: ${name}.wav`, async () => {
    const { samples, sampleRate } = await readWav(fixture(`${name}.wav`));
    assertEquals(sampleRate, rate);
    assertEquals(samples, Float32Array.from(ramp));
  });
}

Deno.test("readWav() mixes two channels down to their mean", async () => {
  const { samples } = await readWav(fixture("stereo.wav"));
  assertEquals(samples.length, 8);
  // The right channel is minus half the left one.
  samples.forEach((value, i) => assertAlmostEquals(value, ramp[i] / 4, 1e-7));
});

/** Writes bytes to a file for the time of a check. */
async function withFile(
  bytes: Uint8Array,
  check: (path: string) => Promise<unknown>,
) {
  const path = await Deno.makeTempFile({ suffix: ".wav" });
  try {
    await Deno.writeFile(path, bytes);
    await check(path);
  } finally {
    await Deno.remove(path);
  }
}

const refuses = (bytes: Uint8Array, message: string) =>
  withFile(bytes, async (path) => {
    const error = await assertRejects(() => readWav(path), RangeError, message);
    assertEquals(error.message.includes(path), true);
  });

Deno.test("a file that is not WAV is refused, naming it", async () => {
  for (const text of ["", "not sound", "ID3 an mp3 perhaps, of some length"]) {
    await refuses(new TextEncoder().encode(text), "expected a WAV file");
  }
});

Deno.test("every cut of a WAV file is refused", async () => {
  const bytes = await Deno.readFile(fixture("int16.wav"));
  for (let length = 0; length < bytes.length; length++) {
    await refuses(bytes.slice(0, length), "Cannot read");
  }
  await refuses(bytes.slice(0, -4), "expected 16 bytes of samples, got 12");
});

Deno.test("a compressed WAV file is refused, and says of what kind it is", async () => {
  const bytes = await Deno.readFile(fixture("byte.wav"));
  new DataView(bytes.buffer).setUint16(20, 6, true); // A-law.
  await refuses(bytes, "got 8a");
});

Deno.test("a WAV file without channels, or without a rate, is refused", async () => {
  const bytes = await Deno.readFile(fixture("int16.wav"));
  const without = (at: number, size: number) =>
    bytes.map((byte, i) => i >= at && i < at + size ? 0 : byte);
  await refuses(without(22, 2), "got 0 channels at 16000 Hz");
  await refuses(without(24, 4), "got 1 channels at 0 Hz");
});

Deno.test("no file is an error of its own", async () => {
  await assertRejects(() => readWav("no/such.wav"), Deno.errors.NotFound);
});
