import { eachSeed, pairedBySeed, type PerSeed } from "./per_seed.ts";
import { type TableRow } from "./rows.ts";
import { successInterval } from "./statistics.ts";

/**
 * The share of a seed's rows that succeed, mean over seeds. Where each seed has one
 * row, the interval over seeds is that of {@linkcode successInterval}. Like it, that over
 * references keeps a width when all or none succeed: its standard error is at least that
 * of `n` independent rows with two more successes and two more failures,
 *
 * ```text
 * sqrt(p (1 - p) / (n + 4)),   p = (x + 2) / (n + 4).
 * ```
 *
 * Agresti and Caffo, "Simple and Effective Confidence Intervals for Proportions", The
 * American Statistician 54 (2000). Deviates from the paper: the value itself is `x / n`.
 * Rows of one seed need not be independent; the spread over references, which is the
 * standard error where it is larger, knows of that.
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
  const rate = eachSeed(rows, (own) => share(own, success));
  return {
    ...rate,
    ...rate.seeds.length === rows.length && {
      interval: successInterval(rows.filter(success).length, rows.length),
    },
    leastError: Math.sqrt(errorOfShare(rows, success, 2)),
  };
}

/**
 * The share of a seed's rows that succeed of one method less that of another, mean over
 * seeds; a run that is lost can be such a success. The interval over references keeps a
 * width as that of {@linkcode successRate} does, each method with one more success and one
 * more failure.
 *
 * @param a Rows with a `seed`.
 * @param b Rows of the same seeds.
 * @param success Whether a row succeeded.
 * @returns The statistic, `a` less `b`.
 * @throws {RangeError} If there is no row, or the seeds are not the same.
 *
 * @example
 * ```ts
 * import { estimate, successDifference } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = (alive: boolean) => [0, 1].map((seed) => ({ seed, alive }));
 * const lost = successDifference(rows(false), rows(true), ({ alive }) => !alive);
 * assertEquals(estimate(lost).value, 1);
 * ```
 */
export function successDifference<T extends TableRow>(
  a: readonly T[],
  b: readonly T[],
  success: (row: T) => boolean,
): PerSeed {
  const gain = pairedBySeed(
    a,
    b,
    (ownA, ownB) => share(ownA, success) - share(ownB, success),
  );
  const [errorA, errorB] = [a, b].map((rows) => errorOfShare(rows, success, 1));
  return { ...gain, leastError: Math.sqrt(errorA + errorB) };
}

function share<T>(rows: readonly T[], success: (row: T) => boolean): number {
  return rows.filter(success).length / rows.length;
}

/** The squared standard error of a share of runs, with successes and failures added. */
function errorOfShare<T>(
  rows: readonly T[],
  success: (row: T) => boolean,
  added: number,
): number {
  const trials = rows.length + 2 * added;
  const p = (rows.filter(success).length + added) / trials;
  return p * (1 - p) / trials;
}
