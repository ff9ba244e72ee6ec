import { assertKnown } from "../tf/check.ts";
import { areaBetween, commonRange, hypervolume, type Point } from "./fronts.ts";
import {
  estimate,
  type PerSeed,
  referencesOf,
  sharedSeeds,
} from "./per_seed.ts";
import { numberOf, type TableRow } from "./rows.ts";
import type { Estimate } from "./statistics.ts";

/** What a method reached at each coefficient and seed of its sweep. */
export interface SweepCurve {
  /** The coefficients, rising. */
  readonly coefficients: readonly number[];
  /** The seeds, rising, the same at every coefficient. */
  readonly seeds: readonly number[];
  /** `points[k][s]` is reached with coefficient `k` and seed `s`. */
  readonly points: readonly (readonly Point[])[];
}

/** The names of the columns that make a curve. */
export interface SweepColumns {
  /** The coefficient that is swept. */
  readonly coefficient: string;
  /** What is bought. */
  readonly reward: string;
  /** What it costs: the measure of diversity to judge by. */
  readonly diversity: string;
}

/**
 * Reads the curve of one method's sweep off its rows, one row a run with its
 * `seed`. A coefficient at which a seed is missing, or ended with a number that
 * is not finite, is left out whole: a setting that diverges is no point of a
 * front, and the mean of the seeds that survived would flatter it.
 *
 * @param rows The rows of one method.
 * @param columns Which columns to read.
 * @returns The curve, by rising coefficient and seed.
 * @throws {RangeError} If no coefficient has all the seeds, or a coefficient has
 * a seed twice.
 * @throws {TypeError} If a column is missing or not a number.
 *
 * @example
 * ```ts
 * import { overSeeds, sweepCurve } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [
 *   { beta: 1, seed: 0, reward: 0.5, entropy: 1.5 },
 *   { beta: 1, seed: 1, reward: 0.7, entropy: 1.1 },
 * ];
 * const curve = sweepCurve(rows, {
 *   coefficient: "beta",
 *   reward: "reward",
 *   diversity: "entropy",
 * });
 * assertEquals(overSeeds([curve], ([mean]) => mean[0].reward).value, 0.6);
 * ```
 */
export function sweepCurve(
  rows: readonly TableRow[],
  columns: SweepColumns,
): SweepCurve {
  const curve = sweepOf(rows, columns);
  if (curve.points.length === 0) {
    throw new RangeError(
      `Cannot read a sweep: expected a ${columns.coefficient} with every seed finite, got none in ${rows.length} rows`,
    );
  }
  return curve;
}

/** The curve of a sweep, which may have no point left; see {@linkcode sweepCurve}. */
function sweepOf(
  rows: readonly TableRow[],
  { coefficient, reward, diversity }: SweepColumns,
): SweepCurve {
  const runs = rows.map((row) => ({
    coefficient: numberOf(row, coefficient),
    seed: numberOf(row, "seed"),
    point: {
      reward: row.alive === false ? NaN : numberOf(row, reward),
      diversity: numberOf(row, diversity),
    },
  }));
  const seeds = rising(runs.map(({ seed }) => seed));
  const settings = rising(runs.map((run) => run.coefficient))
    .map((value) => ({
      coefficient: value,
      runs: runs.filter((run) => run.coefficient === value)
        .toSorted((a, b) => a.seed - b.seed),
    }));
  const twice = settings.find(({ runs }) =>
    rising(runs.map(({ seed }) => seed)).length < runs.length
  );
  if (twice) {
    throw new RangeError(
      `Cannot read a sweep: expected each seed once, got one twice at ${coefficient} = ${twice.coefficient}`,
    );
  }
  const whole = settings.filter(({ runs }) =>
    runs.filter(({ point }) =>
      Number.isFinite(point.reward) && Number.isFinite(point.diversity)
    ).length === seeds.length
  );
  return {
    coefficients: whole.map((setting) => setting.coefficient),
    seeds,
    points: whole.map(({ runs }) => runs.map(({ point }) => point)),
  };
}

/**
 * A statistic of sweeps with its 95% interval over seeds. The seeds are
 * resampled jointly, for all coefficients and all sweeps at once (runs that
 * share a seed share their noise), each sweep is averaged over the resample, and
 * the statistic is taken of the curves of means.
 *
 * @param sweeps The sweeps, run with the same seeds.
 * @param statistic Takes the curve of means of each sweep, points by rising
 * coefficient; compose it of {@linkcode hypervolume},
 * {@linkcode diversityAtReward} and {@linkcode areaBetween}.
 * @returns The estimate; unbounded where resamples leave the statistic undefined.
 * @throws {RangeError} If the sweeps have different seeds, or there is none.
 *
 * @example
 * ```ts
 * import { areaBetween, overSeeds, sweepCurve } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const columns = { coefficient: "beta", reward: "reward", diversity: "entropy" };
 * const sweep = (gain: number) =>
 *   sweepCurve(
 *     [0, 1].flatMap((beta) =>
 *       [0, 1].map((seed) => ({ beta, seed, reward: 1 - beta, entropy: beta + gain }))
 *     ),
 *     columns,
 *   );
 * const gain = overSeeds([sweep(0.5), sweep(0)], ([a, b]) => areaBetween(a, b));
 * assertAlmostEquals(gain.value, 0.5);
 * ```
 */
export function overSeeds(
  sweeps: readonly SweepCurve[],
  statistic: (curves: Point[][]) => number,
): Estimate {
  return estimate(ofMeans(sweeps, statistic));
}

/** A statistic of the curves of means over the seeds that are drawn. */
function ofMeans(
  sweeps: readonly SweepCurve[],
  statistic: (curves: Point[][]) => number,
): PerSeed {
  const named = new Set(sweeps.map(({ seeds }) => seeds.join(", ")));
  if (named.size !== 1) {
    throw new RangeError(
      `Cannot pair the sweeps: expected one list of seeds, got ${
        [...named].map((seeds) => `[${seeds}]`).join(" and ") || "no sweep"
      }`,
    );
  }
  return {
    seeds: sweeps[0].seeds,
    at: (indices) =>
      statistic(sweeps.map((sweep) => meanCurve(sweep, indices))),
  };
}

/** The means of a sweep's points over seeds, given by index. */
function meanCurve(
  sweep: SweepCurve,
  indices: readonly number[],
): Point[] {
  return sweep.points.map((points) => {
    let reward = 0;
    let diversity = 0;
    for (const index of indices) {
      reward += points[index].reward;
      diversity += points[index].diversity;
    }
    return {
      reward: reward / indices.length,
      diversity: diversity / indices.length,
    };
  });
}

function rising(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

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
