import jstat from "jstat";
import type { Estimate } from "./statistics.ts";

/**
 * What each reference contributes to a statistic, Tukey's pseudo-values:
 *
 * ```text
 * y_r = R T - (R - 1) T_{-r},
 * ```
 *
 * with `T` the statistic of all seeds and `T_{-r}` that of all but those of reference `r`.
 * Of a mean over balanced seeds `y_r` is the mean of reference `r`. Of a curved
 * statistic, such as the upper edge of a front, which noise lifts, their mean has lost
 * the greater part of that bias: of two equal, flat fronts, a rival with four times the
 * noise of a run (0.8 margins) seems better by 0.12 margins if each of 4 references is
 * measured by itself, by 0.42 if each of 20, and by less than 0.02 so. Quenouille, Biometrika
 * 43 (1956); Tukey, Annals of Mathematical Statistics 29 (1958), 614. Deviates from these:
 * what is left out is a reference, with all of its seeds.
 *
 * @param at The statistic of seeds, given by index.
 * @param references The reference of each seed.
 * @returns A value a reference; of one reference the statistic itself.
 *
 * @example
 * ```ts
 * import { pseudoValues } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const values = [1, 3, 7, 9];
 * const mean = (at: readonly number[]) =>
 *   at.reduce((sum, i) => sum + values[i], 0) / at.length;
 * assertEquals(pseudoValues(mean, [0, 0, 1, 1]), [2, 8]);
 * ```
 */
export function pseudoValues(
  at: (indices: readonly number[]) => number,
  references: readonly number[],
): number[] {
  const all = [...references.keys()];
  const names = [...new Set(references)];
  const whole = at(all);
  if (names.length === 1) return [whole];
  return names.map((name) => {
    const others = all.filter((i) => references[i] !== name);
    return names.length * whole - (names.length - 1) * at(others);
  });
}

/**
 * The mean over pretrained references of one value a reference, with the interval of
 * Student's t,
 *
 * ```text
 * mean_r y_r  ±  t_{R-1} sqrt(sum_r (y_r - mean)^2 / (R (R - 1))),
 * ```
 *
 * where `y_r` is what reference `r` contributes, with all of its seeds; see
 * {@linkcode pseudoValues}. The spread of the `y_r` holds both noises, that of references and a part of that of seeds, in the
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
 *
 * @example
 * ```ts
 * import { intervalOverReferences } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const { value, low, df } = intervalOverReferences([1, 2, 3, 6], { n: 20 });
 * assertAlmostEquals(low, value - 3.18 * Math.sqrt(14 / 12), 0.01);
 * assertAlmostEquals(df!, 3);
 * ```
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
