import wavefile from "wavefile";

/** A clip. */
export interface Sound {
  /** Sound pressure from -1 to 1, one channel. */
  samples: Float32Array;
  /** Samples a second. */
  sampleRate: number;
}

/** What WaveFile tells, which its types call objects. */
interface Wave {
  bitDepth: string;
  fmt: { numChannels: number; sampleRate: number };
  data: { chunkSize: number; samples: Uint8Array };
  getSamples(interleaved: true): Float64Array;
}

/** How a stored value becomes one from -1 to 1, by the name of its kind. */
const scales: Record<string, (value: number) => number> = {
  "8": (value) => (value - 128) / 128, // Without a sign.
  "16": (value) => value / 2 ** 15,
  "24": (value) => value / 2 ** 23,
  "32": (value) => value / 2 ** 31,
  "32f": (value) => value,
  "64": (value) => value, // Float64.
};

/**
 * Reads a WAV file: integers of 8 to 32 bits, or floats. Several channels are mixed
 * down to their mean, as `librosa.to_mono` does. The rate stays the file's:
 * {@linkcode resample} makes another.
 *
 * @param path The file.
 * @returns The clip.
 * @throws {RangeError} If the file is not WAV, is cut off, or is compressed, naming its
 * path.
 * @throws {Deno.errors.NotFound} If there is no such file.
 *
 * @example
 * ```ts
 * import { readWav } from "kit";
 * import { assertRejects } from "@std/assert";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, "no sound");
 * await assertRejects(() => readWav(path), RangeError, "WAV");
 * await Deno.remove(path);
 * ```
 */
export async function readWav(path: string): Promise<Sound> {
  const bytes = await Deno.readFile(path);
  const wave = parse(bytes, path);
  const scale = scales[wave.bitDepth];
  if (!scale) {
    throw invalid(
      path,
      `expected samples of ${
        Object.keys(scales).join(", ")
      } bits, got ${wave.bitDepth}`,
    );
  }
  const { data: { chunkSize, samples: stored }, fmt } = wave;
  const { numChannels, sampleRate } = fmt;
  if (numChannels < 1 || sampleRate < 1) {
    throw invalid(
      path,
      `expected channels and a sample rate, got ${numChannels} channels at ${sampleRate} Hz`,
    );
  }
  if (stored.length < chunkSize) {
    throw invalid(
      path,
      `expected ${chunkSize} bytes of samples, got ${stored.length}`,
    );
  }
  const values = wave.getSamples(true);
  const samples = new Float32Array(Math.floor(values.length / numChannels));
  return {
    samples: samples.map((_, i) =>
      mean(values, i * numChannels, numChannels, scale)
    ),
    sampleRate,
  };
}

/**
 * Encodes a clip as a WAV file of 16 bits, one channel.
 *
 * @param sound The clip; pressures beyond -1 and 1 are cut off.
 * @returns The file's bytes.
 *
 * @example
 * ```ts
 * import { encodeWav, readWav, writeBytes } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = await Deno.makeTempDir();
 * const sound = { samples: Float32Array.of(0, 0.5, -1), sampleRate: 8000 };
 * await writeBytes(`${folder}/clip.wav`, encodeWav(sound));
 * assertEquals(await readWav(`${folder}/clip.wav`), sound);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export function encodeWav({ samples, sampleRate }: Sound): Uint8Array {
  const highest = 2 ** 15 - 1;
  const values = Int16Array.from(
    samples,
    (x) => Math.round(Math.max(-(2 ** 15), Math.min(highest, x * 2 ** 15))),
  );
  const wave = new wavefile.WaveFile();
  wave.fromScratch(1, sampleRate, "16", values);
  return wave.toBuffer();
}

function parse(bytes: Uint8Array, path: string): Wave {
  try {
    return new wavefile.WaveFile(bytes) as unknown as Wave;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : cause;
    throw invalid(path, `expected a WAV file: ${reason}`, cause);
  }
}

/** The mean over the channels of one moment. */
function mean(
  values: Float64Array,
  first: number,
  channels: number,
  scale: (value: number) => number,
): number {
  let sum = 0;
  for (let c = 0; c < channels; c++) sum += scale(values[first + c]);
  return sum / channels;
}

function invalid(path: string, reason: string, cause?: unknown) {
  return new RangeError(`Cannot read ${path}: ${reason}`, { cause });
}
