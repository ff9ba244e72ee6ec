import jstat from "jstat";
import type { Estimate } from "./statistics.ts";

/**
 * The mean over pretrained references of one value a reference, with the interval of
 * Student's t,
 *
 * ```text
 * mean_r y_r  ±  t_{R-1} sqrt(sum_r (y_r - mean)^2 / (R (R - 1))),
 * ```
 *
 * where `y_r` is the statistic of all the seeds of reference `r`. The spread of the `y_r`
 * holds both noises, that of references and a part of that of seeds, in the
 * proportion in which the mean has them, whatever it is: the interval is exact for
 * normal `y_r`, and speaks of references that were not trained, not of these alone.
 *
 * It is what is left of seven candidates in `tests/campaigns/reference_intervals.ts`. With
 * 4 references of 5 seeds, equal noises of both and a level of 1%, the interval that
 * takes seeds as independent misses the mean 14 times in 100, references as fixed
 * blocks 26, a bootstrap of references 17, the two-level bootstrap 8, the same with the
 * expanded tail of `bootstrap` 5, the mixed model that pools where F < 1 1.8, and this
 * one 1.1. The price is its few degrees of freedom: of 20 runs, 10 references of 2 seeds
 * tell far more than 4 of 5.
 *
 * @param values The value of each reference.
 * @param options `n`: the number of seeds behind them; `leastError`: a standard error
 * that the interval has at least, 0 when left out.
 * @returns The estimate. Of fewer than two references, or where one has no finite value,
 * the interval is the whole line.
 */
export function intervalOverReferences(
  values: readonly number[],
  { n, leastError = 0 }: { n: number; leastError?: number },
): Estimate {
  const value = values.reduce((sum, y) => sum + y, 0) / values.length;
  const df = values.length - 1;
  const squares = values.reduce((sum, y) => sum + (y - value) ** 2, 0);
  const bounded = df > 0 && Number.isFinite(value);
  const standardError = bounded
    ? Math.max(Math.sqrt(squares / df / values.length), leastError)
    : Infinity;
  const [low, high] = intervalAt({ value, standardError, df }, 0.05);
  return { value, low, high, n, standardError, df };
}

/**
 * The interval of an estimate over references at another level.
 *
 * @param estimate Its value, standard error and degrees of freedom.
 * @param level How often it may miss, such as 0.05 for the interval of 95%.
 * @returns Its two ends.
 *
 * @example
 * ```ts
 * import { intervalAt } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const [low] = intervalAt({ value: 0, standardError: 1, df: 3 }, 0.05);
 * assertAlmostEquals(low, -3.18, 0.01);
 * ```
 */
export function intervalAt(
  { value, standardError, df }: Required<
    Pick<Estimate, "value" | "standardError" | "df">
  >,
  level: number,
): [low: number, high: number] {
  if (!Number.isFinite(standardError)) return [-Infinity, Infinity];
  const half = jstat.studentt.inv(1 - level / 2, df) * standardError;
  return [value - half, value + half];
}
