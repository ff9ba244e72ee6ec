import jstat from "jstat";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** A number measured over runs, with its 95% interval. */
export interface Estimate {
  /** The statistic of all the runs. */
  readonly value: number;
  /** The interval's lower end; `-Infinity` when the runs do not bound it. */
  readonly low: number;
  /** The interval's upper end; `Infinity` when the runs do not bound it. */
  readonly high: number;
  /** The number of runs (seeds, or trials) that it rests on. */
  readonly n: number;
}

/** The number of resamples behind every bootstrap interval of the kit. */
export const resamples = 10_000;

/**
 * Bootstraps a statistic of `n` runs: its value with a 95% interval, the
 * *expanded* percentile interval.
 *
 * The plain percentile interval is too narrow for the handful of seeds that a
 * sweep can afford. Its tail `alpha / 2` is therefore replaced by
 *
 * ```text
 * Phi(sqrt(n / (n - 1)) * t_{n - 1}(alpha / 2)),
 * ```
 *
 * which corrects the width as Student's `t` does, and keeps the skew and the range
 * that the resamples have. For `n = 5` the tail is 0.00097 in place of 0.025, and
 * the interval covers the mean of normal runs 91 times in 100 (the plain one 83):
 * still short of 95, so more seeds are better than a finer formula. Hesterberg, "What Teachers
 * Should Know About the Bootstrap", The American Statistician 69 (2015);
 * function `CI.percentile` of his R package `resample`. Deviates from it: the
 * quantiles are order statistics, not interpolated.
 *
 * The resamples come from a fixed seed: equal runs give equal intervals, and two
 * statistics of the same `n` see the same resamples. A resample on which the
 * statistic is not a number counts against both ends. One run has no spread to
 * resample: its interval is the whole line.
 *
 * @param n The number of runs, at least 1.
 * @param statistic Takes the indices of `n` runs, repeats allowed, and returns
 * the statistic of those runs.
 * @returns The estimate.
 * @throws {RangeError} If `n` is not a whole number of at least 1.
 *
 * @example
 * ```ts
 * import { bootstrap } from "kit";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const runs = [3, 1, 2];
 * const { value, low, high } = bootstrap(3, (at) => Math.max(...at.map((i) => runs[i])));
 * assertEquals(value, 3);
 * assert(low >= 1 && high === 3);
 * ```
 */
export function bootstrap(
  n: number,
  statistic: (indices: readonly number[]) => number,
): Estimate {
  if (!Number.isInteger(n) || n < 1) {
    throw new RangeError(
      `Cannot bootstrap: expected n of at least 1 run, got ${n}`,
    );
  }
  const value = statistic(Array.from({ length: n }, (_, i) => i));
  if (n === 1) return { value, low: -Infinity, high: Infinity, n };
  const draws = resampled(n).map(statistic);
  const tail = Math.floor(expandedTail(n) * resamples);
  return {
    value,
    low: lowest(draws, tail),
    high: -lowest(draws.map((draw) => -draw), tail),
    n,
  };
}

/** The indices of every resample of `n` runs. */
function resampled(n: number): number[][] {
  const generator = xoroshiro128plus(n);
  return Array.from(
    { length: resamples },
    () => Array.from({ length: n }, () => uniformInt(generator, 0, n - 1)),
  );
}

/** The expanded tail of a 95% interval from `n` runs. */
function expandedTail(n: number): number {
  const t = jstat.studentt.inv(0.025, n - 1);
  return jstat.normal.cdf(Math.sqrt(n / (n - 1)) * t, 0, 1);
}

/** The draw with `rank` draws below it, where not-a-number is below all. */
function lowest(draws: readonly number[], rank: number): number {
  return draws.map((x) => Number.isNaN(x) ? -Infinity : x)
    .sort((a, b) => a - b)[rank];
}
