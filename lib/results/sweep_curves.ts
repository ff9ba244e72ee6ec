import { type Point } from "./fronts.ts";
import { estimate, type PerSeed } from "./per_seed.ts";
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
export function sweepOf(
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
export function ofMeans(
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
