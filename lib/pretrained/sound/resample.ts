import { assertPositiveInteger } from "../../tf/check.ts";

const zeroCrossings = 10;
const kaiserBeta = 5;

/**
 * Brings a clip to another sample rate, by a windowed sinc that lets through what both
 * rates can hold:
 *
 *     y[n] = up sum_k h[n down - k up] x[k],   up / down = to / from in lowest terms,
 *
 * with `h` a sinc of 10 zero crossings a side under a Kaiser window (beta 5), of sum 1.
 * Equal to `scipy.signal.resample_poly`: the clip is silent before its start and after
 * its end, and nothing is shifted.
 *
 * @param samples One channel.
 * @param rates `from` and `to`, samples a second, whole numbers.
 * @returns The clip at the new rate, `ceil(length * to / from)` samples.
 * @throws {RangeError} If a rate is not a positive integer.
 *
 * @example
 * ```ts
 * import { resample } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const clip = resample(new Float32Array(800), { from: 8000, to: 16_000 });
 * assertEquals(clip.length, 1600); // 0.1 s
 * ```
 */
export function resample(
  samples: Float32Array,
  { from, to }: { from: number; to: number },
): Float32Array {
  assertPositiveInteger("from", from);
  assertPositiveInteger("to", to);
  if (from === to) return samples.slice();
  const divisor = greatestCommonDivisor(from, to);
  const [up, down] = [to / divisor, from / divisor];
  const filter = lowPass(Math.max(up, down), up);
  const half = (filter.length - 1) / 2;
  const length = Math.ceil(samples.length * up / down);
  return new Float32Array(length).map((_, n) => {
    const centre = n * down;
    const first = Math.max(0, Math.ceil((centre - half) / up));
    const last = Math.min(samples.length - 1, (centre + half) / up);
    let sum = 0;
    for (let k = first; k <= last; k++) {
      sum += filter[half + centre - k * up] * samples[k];
    }
    return sum;
  });
}

/** A sinc with its first zero crossing at `period`, windowed, of sum `gain`. */
function lowPass(period: number, gain: number): Float64Array {
  const half = zeroCrossings * period;
  const filter = Float64Array.from({ length: 2 * half + 1 }, (_, i) => {
    const x = Math.PI * (i - half) / period;
    const sinc = x === 0 ? 1 : Math.sin(x) / x;
    const place = (i - half) / half;
    return sinc * bessel(kaiserBeta * Math.sqrt(1 - place * place));
  });
  const sum = filter.reduce((a, b) => a + b);
  return filter.map((value) => value * gain / sum);
}

/** The modified Bessel function of the first kind, order 0, by its power series. */
function bessel(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
