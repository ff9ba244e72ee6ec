import { assertKnown } from "../tf/check.ts";
import { numberOf, type TableRow } from "./rows.ts";
import {
  type Estimate,
  estimate,
  type PerSeed,
  sharedSeeds,
} from "./statistics.ts";

/** Where a run, or the mean over runs, lies: more of both is better. */
export interface Point {
  readonly reward: number;
  readonly diversity: number;
}

/**
 * The Pareto front: the points that no other point beats in one of reward and
 * diversity without losing in the other.
 *
 * @param points The points, in any order.
 * @returns The front by rising reward (so by falling diversity); equal points
 * are listed once.
 *
 * @example
 * ```ts
 * import { paretoFront } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const good = { reward: 1, diversity: 2 };
 * const better = { reward: 2, diversity: 1 };
 * assertEquals(paretoFront([better, { reward: 1, diversity: 1 }, good]), [good, better]);
 * ```
 */
export function paretoFront(points: readonly Point[]): Point[] {
  const front: Point[] = [];
  let best = -Infinity;
  const byReward = points.toSorted((a, b) =>
    b.reward - a.reward || b.diversity - a.diversity
  );
  for (const point of byReward) {
    if (point.diversity > best) {
      best = point.diversity;
      front.unshift(point);
    }
  }
  return front;
}

/**
 * The hypervolume: the area that the points dominate above a reference point,
 *
 * ```text
 * HV = area of the union over points p of [ref.reward, p.reward] x [ref.diversity, p.diversity].
 * ```
 *
 * Zitzler and Thiele, "Multiobjective Optimization Using Evolutionary
 * Algorithms", PPSN V (1998). Deviates from the paper: nothing.
 *
 * @param points The points, in any order; those that are not above the reference
 * in both add nothing.
 * @param reference The worst reward and diversity that count; say it with the
 * number, for it decides it.
 * @returns The area, in units of reward times diversity.
 *
 * @example
 * ```ts
 * import { hypervolume } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const points = [{ reward: 1, diversity: 3 }, { reward: 2, diversity: 1 }];
 * // [0, 1] x [0, 3], then [1, 2] x [0, 1].
 * assertEquals(hypervolume(points, { reward: 0, diversity: 0 }), 4);
 * ```
 */
export function hypervolume(
  points: readonly Point[],
  reference: Point,
): number {
  let area = 0;
  let left = reference.reward;
  for (const { reward, diversity } of paretoFront(points)) {
    if (reward <= left || diversity <= reference.diversity) continue;
    area += (reward - left) * (diversity - reference.diversity);
    left = reward;
  }
  return area;
}

/**
 * The diversity that a sweep keeps at a reward: the most diversity anywhere on
 * the sweep's own curve where the reward is at least that,
 *
 * ```text
 * f(r) = max { d : (x, d) on the curve, x >= r },
 * ```
 *
 * where the curve joins the points of neighbouring coefficients by straight
 * lines. On a curve that trades one for the other this is its height at `r`.
 *
 * @param curve The points in the order of the coefficient.
 * @param reward The reward `r` to reach.
 * @returns The diversity, or `NaN` where the sweep does not reach the reward.
 *
 * @example
 * ```ts
 * import { diversityAtReward } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const curve = [{ reward: 0, diversity: 2 }, { reward: 1, diversity: 1 }];
 * assertEquals(diversityAtReward(curve, 0.25), 1.75);
 * assertEquals(diversityAtReward(curve, 1.5), NaN);
 * ```
 */
export function diversityAtReward(
  curve: readonly Point[],
  reward: number,
): number {
  let most = -Infinity;
  curve.forEach((point, i) => {
    if (point.reward >= reward) most = Math.max(most, point.diversity);
    const next = curve[i + 1];
    if (next && (point.reward < reward) !== (next.reward < reward)) {
      const along = (reward - point.reward) / (next.reward - point.reward);
      const crossing = point.diversity +
        along * (next.diversity - point.diversity);
      most = Math.max(most, crossing);
    }
  });
  return most === -Infinity ? NaN : most;
}

/** Cells of the midpoint rule in {@linkcode areaBetween}. */
const cells = 200;

/**
 * The signed area between two sweeps over the rewards that both cover,
 *
 * ```text
 * integral of f_a(r) - f_b(r) over r in [max(min r_a, min r_b), min(max r_a, max r_b)],
 * ```
 *
 * with `f` of {@linkcode diversityAtReward}: positive where `a` is the more
 * diverse at equal reward. Divided by the width of that range it is the mean
 * gain in diversity.
 *
 * @param a The points of one sweep, in the order of its coefficient.
 * @param b The points of the other.
 * @returns The area, in units of reward times diversity, by the midpoint rule in
 * 200 cells; `NaN` where no range of reward is common to both.
 *
 * @example
 * ```ts
 * import { areaBetween } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const a = [{ reward: 0, diversity: 2 }, { reward: 1, diversity: 1 }];
 * const b = [{ reward: 0, diversity: 1 }, { reward: 2, diversity: 1 }];
 * // Over [0, 1]: the triangle between the line from 2 to 1 and the line at 1.
 * assertAlmostEquals(areaBetween(a, b), 0.5);
 * ```
 */
export function areaBetween(a: readonly Point[], b: readonly Point[]): number {
  const low = Math.max(lowestReward(a), lowestReward(b));
  const high = Math.min(highestReward(a), highestReward(b));
  if (!(low < high)) return NaN;
  const width = (high - low) / cells;
  let area = 0;
  for (let cell = 0; cell < cells; cell++) {
    const reward = low + (cell + 0.5) * width;
    area += width *
      (diversityAtReward(a, reward) - diversityAtReward(b, reward));
  }
  return area;
}

function commonRange(a: readonly Point[], b: readonly Point[]): number {
  return Math.min(highestReward(a), highestReward(b)) -
    Math.max(lowestReward(a), lowestReward(b));
}

function lowestReward(points: readonly Point[]): number {
  return Math.min(...points.map(({ reward }) => reward));
}

function highestReward(points: readonly Point[]): number {
  return Math.max(...points.map(({ reward }) => reward));
}

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

function meanCurve(sweep: SweepCurve, indices: readonly number[]): Point[] {
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
 * a coefficient. Seeds are resampled jointly, for all coefficients of both. A setting in
 * which a seed diverged (`alive` is false) or has no finite number is left out whole. The
 * statistic is `NaN`, and a claim undecided, where the common rewards are less than
 * `least` wide, or a front has fewer than two settings left.
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
  const seeds = sharedSeeds(a, b);
  const sweeps = [a, b].map((rows) =>
    sweepOf(rows, { coefficient: "coefficient", reward, diversity })
  );
  if (sweeps.some(({ points }) => points.length < 2)) {
    return { seeds, at: () => NaN };
  }
  return ofMeans(sweeps, ([curveA, curveB]) => {
    const width = commonRange(curveA, curveB);
    return width >= least ? areaBetween(curveA, curveB) / width : NaN;
  });
}
