import { type Tensor, tf } from "../../tf/backend.ts";
import {
  assertKnown,
  assertPositive,
  assertPositiveInteger,
} from "../../tf/check.ts";
import { type MelFilter, melFilters } from "./mel_filters.ts";

/** What Whisper hears in, samples a second. */
const whisperSampleRate = 16_000;

const hop = 160;
const size = 400; // Of a frame: 20 * 20.
const side = 20;
const bins = size / 2 + 1;
const floor = 1e-10;
const range = 8; // Powers of ten below the loudest.

/** How {@linkcode logMel} reads a clip. */
export interface LogMelOptions {
  /** Samples a second; 16,000 is the only rate that is read, see {@linkcode resample}. */
  sampleRate: number;
  /** Mel bands: 80 for most of Whisper, 128 for its large-v3 and Qwen's audio towers. */
  mels: number;
  /** The window, which silence fills behind the clip; Whisper's 30 when left out. */
  seconds?: number;
}

/**
 * What an audio encoder reads: the log-mel spectrogram of a clip (Radford et al. 2022,
 * arXiv 2212.04356, section 2.2), by Hann windows of 25 ms each 10 ms:
 *
 *     m = log10 max(1e-10, mel filters |STFT|^2),   x = (max(m, max m - 8) + 4) / 4.
 *
 * Equal to `WhisperFeatureExtractor` of `transformers` within 1e-4, computed in float64.
 * Whisper is trained on windows of 30 s; a shorter window is its
 * `chunk_length`, takes the encoder a part of the time, and gives features that are
 * near, not the same. Silence is -1.5 everywhere, as every value is the floor.
 *
 * @param samples Sound pressure from -1 to 1, one channel.
 * @param options The rate, the bands and the window.
 * @returns `[1, mels, 100 * seconds]`, a batch of one; no gradient; the caller disposes
 * it.
 * @throws {TypeError} If samples are no Float32Array, or an option has an unknown name.
 * @throws {RangeError} If there is no sample, or more than the window holds (nothing is
 * cut off unseen); if one is NaN or infinite; if the rate is another; or if the window
 * is not a whole number of steps of 20 ms.
 *
 * @example
 * ```ts
 * import { logMel } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const tone = Float32Array.from({ length: 8000 }, (_, i) => Math.sin(i / 4));
 * const features = logMel(tone, { sampleRate: 16_000, mels: 80, seconds: 1 });
 * assertEquals(features.shape, [1, 80, 100]);
 * features.dispose();
 * ```
 */
export function logMel(samples: Float32Array, options: LogMelOptions): Tensor {
  assertKnown("the options of logMel", options, [
    ...["sampleRate", "mels", "seconds"],
  ]);
  const { sampleRate, mels, seconds = 30 } = options;
  assertPositiveInteger("mels", mels);
  assertRate(sampleRate);
  const count = samplesOf(seconds);
  assertSamples(samples, count);
  const frames = count / hop;
  const clip = reflected(samples, count);
  const filters = melFilters(mels, { bins, highest: whisperSampleRate / 2 });
  const powers = new Float64Array(bins);
  const features = new Float64Array(mels * frames).fill(Math.log10(floor));
  for (let frame = 0; frame < frames; frame++) {
    const part = clip.subarray(frame * hop, frame * hop + size);
    if (part.every((sample) => sample === 0)) continue;
    powerSpectrum(part, powers);
    filters.forEach((filter, mel) => {
      const power = Math.max(floor, heard(filter, powers));
      features[mel * frames + frame] = Math.log10(power);
    });
  }
  const least = features.reduce((a, b) => Math.max(a, b)) - range;
  const scaled = features.map((value) => (Math.max(value, least) + 4) / 4);
  return tf.tensor3d(new Float32Array(scaled), [1, mels, frames]);
}

/**
 * How many frames of {@linkcode logMel} a clip reaches into: one each 10 ms. The others
 * of its window hear only silence.
 *
 * @param samples The clip.
 * @returns The number.
 *
 * @example
 * ```ts
 * import { melFrames } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(melFrames(new Float32Array(16_000)), 100);
 * ```
 */
export function melFrames(samples: Float32Array): number {
  return Math.ceil(samples.length / hop);
}

/** How many samples a window has. */
function samplesOf(seconds: number): number {
  assertPositive("seconds", seconds);
  const count = Math.round(seconds * whisperSampleRate);
  const exact = Math.abs(count - seconds * whisperSampleRate) < 1e-6;
  if (!exact || count % (2 * hop) !== 0) {
    throw new RangeError(
      `Expected seconds to be a whole number of steps of 0.02 s, got ${seconds}`,
    );
  }
  return count;
}

function assertRate(sampleRate: number): void {
  if (sampleRate !== whisperSampleRate) {
    throw new RangeError(
      `Expected a sampleRate of ${whisperSampleRate}, got ${sampleRate}; resample() makes it`,
    );
  }
}

function assertSamples(samples: Float32Array, most: number): void {
  if (!(samples instanceof Float32Array)) {
    throw new TypeError(
      `Expected samples to be a Float32Array, got ${typeof samples}`,
    );
  }
  if (samples.length === 0 || samples.length > most) {
    const length = (count: number) =>
      `${count} (${count / whisperSampleRate} s)`;
    throw new RangeError(
      `Expected 1 to ${length(most)} samples, got ${length(samples.length)}`,
    );
  }
  const index = samples.findIndex((sample) => !Number.isFinite(sample));
  if (index >= 0) {
    throw new RangeError(
      `Expected samples to be finite, got ${samples[index]} at ${index}`,
    );
  }
}

/** A clip, silence up to `count` samples, and half a frame mirrored at either end. */
function reflected(samples: Float32Array, count: number): Float64Array {
  const half = size / 2;
  const clip = new Float64Array(count + size);
  clip.set(samples, half);
  for (let i = 1; i <= half; i++) {
    clip[half - i] = clip[half + i];
    clip[half + count - 1 + i] = clip[half + count - 1 - i];
  }
  return clip;
}

const hann = Float64Array.from(
  { length: size },
  (_, i) => 0.5 - 0.5 * Math.cos(2 * Math.PI * i / size),
);
const cos = Float64Array.from(
  { length: size },
  (_, i) => Math.cos(2 * Math.PI * i / size),
);
const sin = Float64Array.from(
  { length: size },
  (_, i) => -Math.sin(2 * Math.PI * i / size),
);
const innerReal = new Float64Array(size);
const innerImaginary = new Float64Array(size);

/**
 * Writes the power in each bin of a windowed frame, by Cooley and Tukey's split of 400
 * in 20 transforms of 20 values each:
 *
 *     X[k] = sum_b w^(b k) sum_a x[20 a + b] w^(20 a k),   w = exp(-2 pi i / 400).
 *
 * The inner sums of k and 20 - k are conjugates, as x is real.
 */
function powerSpectrum(frame: Float64Array, powers: Float64Array): void {
  const windowed = frame.map((value, n) => value * hann[n]);
  for (let k = 0; k <= side / 2; k++) {
    for (let b = 0; b < side; b++) {
      let [real, imaginary, turn] = [0, 0, 0];
      for (let n = b; n < size; n += side) {
        real += windowed[n] * cos[turn];
        imaginary += windowed[n] * sin[turn];
        turn += side * k;
        if (turn >= size) turn -= size;
      }
      innerReal[k * side + b] = real;
      innerImaginary[k * side + b] = imaginary;
      const conjugate = (side - k) % side * side + b;
      innerReal[conjugate] = real;
      innerImaginary[conjugate] = -imaginary;
    }
  }
  for (let k = 0; k < bins; k++) {
    const row = (k % side) * side;
    let [real, imaginary, turn] = [0, 0, 0];
    for (let b = 0; b < side; b++) {
      const x = innerReal[row + b];
      const y = innerImaginary[row + b];
      real += x * cos[turn] - y * sin[turn];
      imaginary += x * sin[turn] + y * cos[turn];
      turn += k;
      if (turn >= size) turn -= size;
    }
    powers[k] = real * real + imaginary * imaginary;
  }
}

/** The power that a filter lets through. */
function heard({ first, weights }: MelFilter, powers: Float64Array): number {
  let power = 0;
  for (let i = 0; i < weights.length; i++) {
    power += weights[i] * powers[first + i];
  }
  return power;
}
