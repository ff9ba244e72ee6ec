import type { Row } from "../../train/row.ts";
import type { Estimate } from "../bootstrap.ts";
import { areaBetween, type Point } from "../fronts.ts";
import { meanInterval } from "../intervals.ts";
import { summarise } from "../summarise.ts";
import { overSeeds, type SweepCurve, sweepCurve } from "../sweep_curve.ts";
import type { TableRow } from "../table_row.ts";

/** The rows of the last evaluation of each run. */
export function lastRows(rows: readonly Row[]): Row[] {
  const end = Math.max(...rows.map(({ iteration }) => iteration as number));
  return rows.filter(({ iteration }) => iteration === end);
}

/** The rows whose columns have these values. */
export function where<T extends TableRow>(
  rows: readonly T[],
  values: TableRow,
): T[] {
  const wanted = Object.entries(values);
  return rows.filter((row) =>
    wanted.every(([column, value]) => row[column] === value)
  );
}

/** The distinct values of a column, in the order of appearance. */
export function distinct<T extends Row[string]>(
  rows: readonly Row[],
  column: string,
): T[] {
  return [...new Set(rows.map((row) => row[column] as T))];
}

/**
 * Means with intervals over the seeds of each setting in which every member is
 * alive and has finite metrics. A setting with a diverged member is left out: the
 * mean of the survivors would flatter it.
 */
export function summariseAlive(
  rows: readonly Row[],
  { by, metrics }: { by: readonly string[]; metrics: readonly string[] },
): TableRow[] {
  const nameOf = (row: Row) => by.map((column) => row[column]).join("\n");
  const lost = (row: Row) =>
    !row.alive || metrics.some((metric) => !Number.isFinite(row[metric]));
  const dead = new Set(rows.filter(lost).map(nameOf));
  const alive = rows.filter((row) => !dead.has(nameOf(row)));
  return summarise(alive, { by, metrics });
}

/**
 * The mean over the runs in which a measurement is finite, with its interval; `n` says
 * how many they are. Without any the interval is the whole line, and a claim undecided.
 */
export function meanFinite(values: readonly number[]): Estimate {
  const finite = values.filter(Number.isFinite);
  return finite.length > 0
    ? meanInterval(finite)
    : { value: NaN, low: -Infinity, high: Infinity, n: 0 };
}

/** The curve of one method's sweep, diverged settings left out. */
export function curveOf(
  rows: readonly Row[],
  diversity: string,
  reward = "reward",
): SweepCurve {
  const marked = rows.map(({ beta, seed, alive, ...row }) => ({
    beta,
    seed,
    reward: alive ? row[reward] : NaN,
    diversity: alive ? row[diversity] : NaN,
  }));
  return sweepCurve(marked, {
    coefficient: "beta",
    reward: "reward",
    diversity: "diversity",
  });
}

/**
 * How much more diverse one sweep is than another at equal reward: the mean over the
 * rewards that both reach, with its interval over seeds.
 */
export function diversityGain(a: SweepCurve, b: SweepCurve): Estimate {
  return overSeeds([a, b], ([curveA, curveB]) => {
    const width = commonRange(curveA, curveB);
    return areaBetween(curveA, curveB) / width;
  });
}

function commonRange(a: readonly Point[], b: readonly Point[]): number {
  const rewards = (curve: readonly Point[]) =>
    curve.map(({ reward }) => reward);
  return Math.min(Math.max(...rewards(a)), Math.max(...rewards(b))) -
    Math.max(Math.min(...rewards(a)), Math.min(...rewards(b)));
}

/** The paired difference of a column between two sets of runs with the same seeds. */
export function columnDifference(
  a: readonly Row[],
  b: readonly Row[],
  column: string,
): Estimate {
  const bySeed = (rows: readonly Row[]) =>
    rows.toSorted((x, y) => (x.seed as number) - (y.seed as number))
      .map((row) => row[column] as number);
  const [first, second] = [bySeed(a), bySeed(b)];
  return meanFinite(first.map((value, i) => value - second[i]));
}
