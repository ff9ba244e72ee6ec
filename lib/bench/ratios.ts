import { bootstrap, type Estimate } from "../results/statistics.ts";
import { type Times } from "./measure.ts";

/** The median of times, with its interval. */
export function medianOf(values: readonly number[]): Estimate {
  return bootstrap(
    values.length,
    (indices) => median(indices.map((i) => values[i])),
  );
}

/**
 * The median ratio of two times, with its interval. Times of the same repetition are
 * compared: they were taken one right after the other.
 *
 * @param a One time a repetition.
 * @param b The other's, in the same order.
 * @returns The estimate of `a / b`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { ratioOf } from "./ratios.ts";
 *
 * // The machine was busy in the second repetition; the ratios tell nothing of it.
 * assertEquals(ratioOf([1, 10, 1], [2, 20, 2]).value, 0.5);
 * ```
 */
export function ratioOf(
  a: readonly number[],
  b: readonly number[],
): Estimate {
  return medianOf(a.map((seconds, i) => seconds / b[i]));
}

/** The one of the least median time. */
export function fastest(times: readonly Times[]): Times | undefined {
  return times.toSorted((a, b) => median(a.seconds) - median(b.seconds))[0];
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
}
