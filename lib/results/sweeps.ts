import { assertKnown } from "../tf/check.ts";
import { areaBetween, commonRange, hypervolume, type Point } from "./fronts.ts";
import { type PerSeed, referencesOf, sharedSeeds } from "./per_seed.ts";
import { numberOf, type TableRow } from "./rows.ts";
import { ofMeans, type SweepColumns, sweepOf } from "./sweep_curves.ts";

/** What two fronts are compared in. */
export interface CompareFrontsOptions {
  /** The column of diversity, or of what else is compared at equal reward. */
  diversity: string;
  /** The column of the reward; `"reward"` when left out. */
  reward?: string;
  /**
   * The least width of the rewards that both fronts reach, in units of the reward; 0.05
   * when left out. Fronts that share less are not compared.
   */
  least?: number;
}

/**
 * How much more diverse one front is than another at equal reward: the mean over the
 * rewards that both reach,
 *
 * ```text
 * integral of f_a(r) - f_b(r) dr over the common rewards / their width,
 * ```
 *
 * with `f` of {@linkcode diversityAtReward} of the curve of means over seeds, one point
 * a coefficient. Seeds are taken jointly, for all coefficients of both. A setting in which a seed diverged
 * (`alive` is false) or has no finite number is left out whole. The statistic is `NaN`,
 * and a claim undecided, where the common rewards are less than `least` wide, or a front
 * has fewer than two settings left.
 *
 * @param a Rows of one method at the end, one a `coefficient` and `seed`.
 * @param b Rows of the other, of the same seeds.
 * @param options The columns, and the least width.
 * @returns The statistic `a` less `b`, in units of the diversity.
 * @throws {RangeError} If there is no row, the seeds are not the same, or a setting has
 * a seed twice, as rows of several evaluations have.
 *
 * @example
 * ```ts
 * import { compareFronts, estimate } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const front = (gain: number) =>
 *   [0, 1].flatMap((coefficient) =>
 *     [0, 1].map((seed) => ({
 *       coefficient,
 *       seed,
 *       reward: 1 - coefficient,
 *       entropy: coefficient + gain,
 *     }))
 *   );
 * const gain = compareFronts(front(0.5), front(0), { diversity: "entropy" });
 * assertAlmostEquals(estimate(gain).value, 0.5);
 * ```
 */
export function compareFronts(
  a: readonly TableRow[],
  b: readonly TableRow[],
  options: CompareFrontsOptions,
): PerSeed {
  assertKnown("the options of compareFronts", options, [
    ...["diversity", "reward", "least"],
  ]);
  const { diversity, reward = "reward", least = 0.05 } = options;
  return ofPair(a, b, { diversity, reward }, ([curveA, curveB]) => {
    const width = commonRange(curveA, curveB);
    return width >= least ? areaBetween(curveA, curveB) / width : NaN;
  });
}

/** What the hypervolumes of two fronts are compared in. */
export interface CompareHypervolumesOptions {
  /** The column of diversity. */
  diversity: string;
  /** The column of the reward; `"reward"` when left out. */
  reward?: string;
  /** The worst reward and diversity that count: fixed before anything is measured. */
  worst: Point;
}

/**
 * The hypervolume of one front less that of another: beside the gain at equal reward it
 * pays for rewards that only one of them reaches. Curves and lost settings are as in
 * {@linkcode compareFronts}.
 *
 * @param a Rows of one method at the end, one a `coefficient` and `seed`.
 * @param b Rows of the other, of the same seeds.
 * @param options The columns, and the worst point; see {@linkcode hypervolume}.
 * @returns The statistic `a` less `b`, in units of reward times diversity.
 * @throws {RangeError} As {@linkcode compareFronts}.
 *
 * @example
 * ```ts
 * import { compareHypervolumes, estimate } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const front = (end: number) =>
 *   [1, end].flatMap((reward) =>
 *     [0, 1].map((seed) => ({ coefficient: 1 / reward, seed, reward, entropy: 1 / reward }))
 *   );
 * const worst = { reward: 0, diversity: 0 };
 * // [0, 1] x [0, 1], and beyond it [1, 4] x [0, 1/4] against [1, 2] x [0, 1/2].
 * const gain = compareHypervolumes(front(4), front(2), { diversity: "entropy", worst });
 * assertEquals(estimate(gain).value, 0.25);
 * ```
 */
export function compareHypervolumes(
  a: readonly TableRow[],
  b: readonly TableRow[],
  options: CompareHypervolumesOptions,
): PerSeed {
  assertKnown("the options of compareHypervolumes", options, [
    ...["diversity", "reward", "worst"],
  ]);
  const { diversity, reward = "reward", worst } = options;
  return ofPair(
    a,
    b,
    { diversity, reward },
    ([curveA, curveB]) =>
      hypervolume(curveA, worst) - hypervolume(curveB, worst),
  );
}

/** A statistic of two methods' curves of means; `NaN` of fewer than two settings. */
function ofPair(
  a: readonly TableRow[],
  b: readonly TableRow[],
  columns: Omit<SweepColumns, "coefficient">,
  statistic: (curves: Point[][]) => number,
): PerSeed {
  const seeds = sharedSeeds(a, b);
  const references = referencesOf([...a, ...b], seeds);
  const sweeps = [a, b].map((rows) =>
    sweepOf(rows, { coefficient: "coefficient", ...columns })
  );
  if (sweeps.some(({ points }) => points.length < 2)) {
    return { seeds, references, at: () => NaN };
  }
  return { ...ofMeans(sweeps, statistic), references };
}

/**
 * Early stopping as a front: each evaluation of a run is a setting of its own, with the
 * iteration for a coefficient, from the start to the end. It is the rival without a
 * knob: what is lost of diversity for the reward gained so far.
 *
 * @param rows Rows of one setting of a method over training, such as beta = 0.
 * @returns The same rows with the `coefficient` of their `iteration`.
 *
 * @example
 * ```ts
 * import { overTraining } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [0, 50].map((iteration) => ({ coefficient: 0, seed: 1, iteration }));
 * assertEquals(overTraining(rows).map((row) => row.coefficient), [0, 50]);
 * ```
 */
export function overTraining<T extends TableRow>(
  rows: readonly T[],
): (T & { coefficient: number })[] {
  return rows.map((row) => ({
    ...row,
    coefficient: numberOf(row, "iteration"),
  }));
}
