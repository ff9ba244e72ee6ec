import jstat from "jstat";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import {
  columnNames,
  distinct,
  numberOf,
  type TableRow,
  where,
} from "./rows.ts";

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
 * the statistic of those runs. The list of indices is used again: it must not be kept.
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
  const indices = Array.from({ length: n }, (_, i) => i);
  const value = statistic(indices);
  if (n === 1) return { value, low: -Infinity, high: Infinity, n };
  const generator = xoroshiro128plus(n);
  const draws = new Float64Array(resamples);
  for (let draw = 0; draw < resamples; draw++) {
    for (let i = 0; i < n; i++) indices[i] = uniformInt(generator, 0, n - 1);
    draws[draw] = statistic(indices);
  }
  const tail = Math.floor(expandedTail(n) * resamples);
  const defined = draws.filter((draw) => !Number.isNaN(draw)).sort();
  const undefinedDraws = resamples - defined.length;
  const rank = tail - undefinedDraws;
  return {
    value,
    low: rank < 0 ? -Infinity : defined[rank],
    high: rank < 0 ? Infinity : defined[defined.length - 1 - rank],
    n,
  };
}

/** The expanded tail of a 95% interval from `n` runs. */
function expandedTail(n: number): number {
  const t = jstat.studentt.inv(0.025, n - 1);
  return jstat.normal.cdf(Math.sqrt(n / (n - 1)) * t, 0, 1);
}

/** More values than this have a mean as normal as can be, and no need of resamples. */
const mostResampled = 10_000;

/**
 * The mean over seeds with its 95% bootstrap interval; see
 * {@linkcode bootstrap} for which one and why. More than 10,000 values have the
 * interval of the normal distribution, mean ± 1.96 standard errors, which is the same
 * then.
 *
 * @param values One finite value a seed.
 * @returns The estimate.
 * @throws {RangeError} If there is no value, or one is not finite: a run that
 * diverged must be left out, and counted, by the caller.
 *
 * @example
 * ```ts
 * import { meanInterval } from "kit";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const reward = meanInterval([0.8, 0.9, 0.7, 0.8, 0.8]);
 * assertEquals(reward.n, 5);
 * assert(reward.low < 0.8 && reward.high > 0.8);
 * ```
 */
export function meanInterval(values: readonly number[]): Estimate {
  assertFinite("values", values);
  const n = values.length;
  if (n <= mostResampled) return bootstrap(n, meanOf(values));
  const value = values.reduce((sum, x) => sum + x, 0) / n;
  const squares = values.reduce((sum, x) => sum + (x - value) ** 2, 0);
  const half = jstat.normal.inv(0.975, 0, 1) *
    Math.sqrt(squares / (n - 1) / n);
  return { value, low: value - half, high: value + half, n };
}

/** The mean of the values at indices. */
const meanOf =
  (values: readonly number[]) => (indices: readonly number[]): number => {
    let sum = 0;
    for (const i of indices) sum += values[i];
    return sum / indices.length;
  };

/**
 * The mean of `a - b` over seeds with its 95% bootstrap interval. Two methods
 * that share their seeds share their noise; the difference of pairs sheds it.
 *
 * @param a One finite value a seed.
 * @param b The other method's values, in the same order of seeds.
 * @returns The estimate of the mean difference.
 * @throws {RangeError} If the lengths differ, there is no value, or one is not
 * finite.
 *
 * @example
 * ```ts
 * import { pairedDifference } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(pairedDifference([3, 5, 9], [1, 3, 7]), { value: 2, low: 2, high: 2, n: 3 });
 * ```
 */
export function pairedDifference(
  a: readonly number[],
  b: readonly number[],
): Estimate {
  if (a.length !== b.length) {
    throw new RangeError(
      `Cannot pair the seeds: expected b of length ${a.length}, got ${b.length}`,
    );
  }
  assertFinite("a", a);
  assertFinite("b", b);
  return meanInterval(a.map((value, i) => value - b[i]));
}

/**
 * A success rate with its 95% Wilson score interval,
 *
 * ```text
 * (p + z^2 / 2n  ±  z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n),
 * ```
 *
 * which stays inside [0, 1] and keeps a width when all or none succeed. Wilson,
 * "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22
 * (1927). Deviates from the paper: nothing.
 *
 * @param successes The number of trials that succeeded.
 * @param trials The number of trials, at least 1.
 * @returns The estimate; `value` is `successes / trials`.
 * @throws {RangeError} If the counts are not whole, or `successes` is not in
 * `[0, trials]`.
 *
 * @example
 * ```ts
 * import { successInterval } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(successInterval(20, 20).low, 0.839, 1e-3);
 * ```
 */
export function successInterval(successes: number, trials: number): Estimate {
  if (!Number.isInteger(trials) || trials < 1) {
    throw new RangeError(
      `Cannot estimate a rate: expected trials of at least 1, got ${trials}`,
    );
  }
  if (!Number.isInteger(successes) || successes < 0 || successes > trials) {
    throw new RangeError(
      `Cannot estimate a rate: expected successes in [0, ${trials}], got ${successes}`,
    );
  }
  const p = successes / trials;
  const z = jstat.normal.inv(0.975, 0, 1);
  const scale = 1 + z ** 2 / trials;
  const centre = (p + z ** 2 / (2 * trials)) / scale;
  const half = z / scale *
    Math.sqrt(p * (1 - p) / trials + z ** 2 / (4 * trials ** 2));
  return {
    value: p,
    low: Math.max(0, centre - half),
    high: Math.min(1, centre + half),
    n: trials,
  };
}

function assertFinite(name: string, values: readonly number[]): void {
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new RangeError(
      `Cannot estimate a mean: expected ${name} finite, got ${
        values[wrong]
      } at ${wrong}`,
    );
  }
}

/**
 * A statistic of any resample of seeds: what a claim is judged by. All that a seed has
 * (its evaluations, its settings) goes into the one value that it contributes, since
 * they share its noise; so `n` is the number of seeds and nothing else.
 */
export interface PerSeed {
  /** The seeds that it rests on. */
  readonly seeds: readonly number[];
  /** The statistic of these seeds, given by index, repeats allowed. */
  at(indices: readonly number[]): number;
  /** Its interval, where that is known without resampling. */
  readonly interval?: Estimate;
}

/**
 * The estimate of a statistic per seed: its value, with its 95% interval over seeds
 * (see {@linkcode bootstrap}). Without a seed the interval is the whole line, so that a
 * claim is undecided.
 *
 * @param perSeed The statistic.
 * @returns The estimate; `n` is the number of seeds.
 *
 * @example
 * ```ts
 * import { eachSeed, estimate } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [0, 1].flatMap((seed) => [1, 3].map((reward) => ({ seed, reward })));
 * const reward = eachSeed(rows, (own) =>
 *   own.reduce((sum, row) => sum + row.reward, 0) / own.length);
 * assertEquals(estimate(reward), { value: 2, low: 2, high: 2, n: 2 });
 * ```
 */
export function estimate({ seeds, at, interval }: PerSeed): Estimate {
  if (interval) return interval;
  return seeds.length > 0
    ? bootstrap(seeds.length, at)
    : { value: NaN, low: -Infinity, high: Infinity, n: 0 };
}

/**
 * The mean over seeds of one value a seed, made of all of that seed's rows. A seed
 * whose value is not finite is left out; `n` of the estimate says how many are left.
 * None may be left only where every seed diverged (`alive` is false).
 *
 * @param rows Rows with a `seed`. Give all the rows there are of what is measured, and
 * pick among a seed's own inside `value`: a seed that has none of a kind then counts
 * as one without a value.
 * @param value Takes a seed's rows, and the seed.
 * @returns The statistic.
 * @throws {RangeError} If there is no row, or no seed has a finite value though one is
 * alive.
 *
 * @example
 * ```ts
 * import { eachSeed, estimate } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [{ seed: 0, reward: 1 }, { seed: 1, reward: 3 }, { seed: 2, reward: NaN }];
 * const { value, n } = estimate(eachSeed(rows, ([row]) => row.reward));
 * assertEquals([value, n], [2, 2]);
 * ```
 */
export function eachSeed<T extends TableRow>(
  rows: readonly T[],
  value: (own: T[], seed: number) => number,
): PerSeed {
  return meanOverSeeds(
    seedsOf(rows).map((seed) => ({
      seed,
      value: value(where(rows, { seed }), seed),
    })),
    rows,
  );
}

/**
 * The mean over seeds of one value a seed, made of that seed's rows of two kinds, such
 * as a difference of two methods: methods that share a seed share its noise, and the
 * pair sheds it. A seed whose value is not finite is left out, as in
 * {@linkcode eachSeed}.
 *
 * @param a Rows with a `seed`.
 * @param b Rows of the same seeds.
 * @param value Takes a seed's rows of `a` and those of `b`.
 * @returns The statistic.
 * @throws {RangeError} If there is no row, the seeds are not the same, or no seed has a
 * finite value though one is alive.
 *
 * @example
 * ```ts
 * import { estimate, pairedBySeed } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const a = [{ seed: 0, reward: 3 }, { seed: 1, reward: 9 }];
 * const b = [{ seed: 1, reward: 7 }, { seed: 0, reward: 1 }];
 * const gain = pairedBySeed(a, b, ([x], [y]) => x.reward - y.reward);
 * assertEquals(estimate(gain), { value: 2, low: 2, high: 2, n: 2 });
 * ```
 */
export function pairedBySeed<T extends TableRow>(
  a: readonly T[],
  b: readonly T[],
  value: (ownA: T[], ownB: T[], seed: number) => number,
): PerSeed {
  return meanOverSeeds(
    sharedSeeds(a, b).map((seed) => ({
      seed,
      value: value(where(a, { seed }), where(b, { seed }), seed),
    })),
    [...a, ...b],
  );
}

/**
 * The share of a seed's rows that succeed, mean over seeds. Where each seed has one
 * row, the interval is that of {@linkcode successInterval}, which keeps a width when
 * all or none succeed.
 *
 * @param rows Rows with a `seed`.
 * @param success Whether a row succeeded.
 * @returns The statistic.
 * @throws {RangeError} If there is no row.
 *
 * @example
 * ```ts
 * import { estimate, successRate } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [{ seed: 0, solved: 1 }, { seed: 1, solved: 0 }];
 * assertEquals(estimate(successRate(rows, ({ solved }) => solved > 0)).value, 0.5);
 * ```
 */
export function successRate<T extends TableRow>(
  rows: readonly T[],
  success: (row: T) => boolean,
): PerSeed {
  const rate = eachSeed(
    rows,
    (own) => own.filter(success).length / own.length,
  );
  return rate.seeds.length === rows.length
    ? {
      ...rate,
      interval: successInterval(rows.filter(success).length, rows.length),
    }
    : rate;
}

function meanOverSeeds(
  all: readonly { seed: number; value: number }[],
  rows: readonly TableRow[],
): PerSeed {
  const finite = all.filter(({ value }) => Number.isFinite(value));
  const diverged = distinct(
    rows.filter(({ alive }) => alive === false),
    "seed",
  );
  if (finite.length === 0 && diverged.length < all.length) {
    throw new RangeError(
      `Expected a finite number of at least one seed, got ${
        all[0].value
      } of seed ${all[0].seed}; is a column misspelt? The rows have ${
        columnNames(rows).join(", ")
      }`,
    );
  }
  return {
    seeds: finite.map(({ seed }) => seed),
    at: meanOf(finite.map(({ value }) => value)),
  };
}

/** Nothing was picked to measure: most likely a name is misspelt. */
export class NoRowError extends RangeError {}

/** The seeds of rows, rising. */
function seedsOf(rows: readonly TableRow[]): number[] {
  if (rows.length === 0) {
    throw new NoRowError("Expected rows of at least one seed, got no row");
  }
  rows.forEach((row) => numberOf(row, "seed"));
  return distinct<number>(rows, "seed").sort((a, b) => a - b);
}

/** The seeds that two lists of rows must have in common: all of them. */
export function sharedSeeds(
  a: readonly TableRow[],
  b: readonly TableRow[],
): number[] {
  const [seedsA, seedsB] = [seedsOf(a), seedsOf(b)];
  if (`${seedsA}` !== `${seedsB}`) {
    throw new RangeError(
      `Cannot pair the seeds: expected those of a, ${seedsA.join(", ")}, got ${
        seedsB.join(", ")
      } in b`,
    );
  }
  return seedsA;
}
