import { eachSeed, estimate } from "./per_seed.ts";
import { column, mean, numberOf, type TableRow } from "./rows.ts";
import { type Estimate, meanInterval } from "./statistics.ts";

/**
 * Summarises runs over their seeds: for each group one row with the mean and the
 * 95% interval of each metric: over references where rows name theirs, and by the
 * bootstrap over seeds otherwise; see {@linkcode estimate}.
 *
 * @param rows The rows, one a run. A run that diverged must be left out.
 * @param columns `by`: the columns that name a group; `metrics`: the columns of
 * numbers to average.
 * @returns One row a group, in the order of first appearance: the columns of
 * `by`, `seeds`, and for each metric `m` the columns `m`, `mLow` and `mHigh`.
 * @throws {TypeError} If a metric is missing or not a number.
 * @throws {RangeError} If a metric is not finite.
 *
 * @example
 * ```ts
 * import { summarise } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [
 *   { method: "orw", beta: 1, seed: 0, reward: 0.5 },
 *   { method: "orw", beta: 1, seed: 1, reward: 0.5 },
 * ];
 * assertEquals(summarise(rows, { by: ["method", "beta"], metrics: ["reward"] }), [
 *   { method: "orw", beta: 1, seeds: 2, reward: 0.5, rewardLow: 0.5, rewardHigh: 0.5 },
 * ]);
 * ```
 */
export function summarise(
  rows: readonly TableRow[],
  { by, metrics }: { by: readonly string[]; metrics: readonly string[] },
): TableRow[] {
  const groups = Map.groupBy(
    rows,
    (row) => JSON.stringify(by.map((column) => row[column])),
  );
  return [...groups.values()].map((group) => ({
    ...Object.fromEntries(by.map((column) => [column, group[0][column]])),
    seeds: group.length,
    ...Object.assign({}, ...metrics.map((metric) => summary(group, metric))),
  }));
}

function summary(group: readonly TableRow[], metric: string): TableRow {
  const knowReferences = group.some((row) => "reference" in row);
  return cells(
    metric,
    knowReferences
      ? estimate(eachSeed(group, (own) => mean(column(own, metric))))
      : meanInterval(column(group, metric)),
  );
}

/** An estimate as the three cells of a metric. */
export function cells(
  metric: string,
  { value, low, high }: Pick<Estimate, "value" | "low" | "high">,
): Record<string, number> {
  return { [metric]: value, [`${metric}Low`]: low, [`${metric}High`]: high };
}

/**
 * Means with intervals over the seeds of each setting in which every member is alive. A
 * setting with a diverged member (`alive` is false) is left out: the mean of the
 * survivors would flatter it. For the same reason a metric that is not finite for one
 * of its seeds is `NaN`, with the whole line for an interval.
 *
 * @param rows The rows, one a run.
 * @param columns `by`: the columns that name a setting; `metrics`: the columns of
 * numbers to average.
 * @returns Rows as those of {@linkcode summarise}.
 * @throws {TypeError} If a metric is missing or not a number.
 *
 * @example
 * ```ts
 * import { summariseAlive } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [
 *   { coefficient: 0, seed: 0, alive: false, reward: 9 },
 *   { coefficient: 1, seed: 0, alive: true, reward: 0.5 },
 * ];
 * const kept = summariseAlive(rows, { by: ["coefficient"], metrics: ["reward"] });
 * assertEquals(kept.map(({ coefficient }) => coefficient), [1]);
 * ```
 */
export function summariseAlive(
  rows: readonly TableRow[],
  { by, metrics }: { by: readonly string[]; metrics: readonly string[] },
): TableRow[] {
  const setting = (row: TableRow) => JSON.stringify(by.map((c) => row[c]));
  return [...Map.groupBy(rows, setting).values()]
    .filter((group) => group.every(({ alive }) => alive !== false))
    .map((group) => ({
      ...Object.fromEntries(by.map((name) => [name, group[0][name]])),
      seeds: group.length,
      ...Object.assign(
        {},
        ...metrics.map((metric) => summaryIfFinite(group, metric)),
      ),
    }));
}

function summaryIfFinite(
  group: readonly TableRow[],
  metric: string,
): TableRow {
  const finite = group.every((row) => Number.isFinite(numberOf(row, metric)));
  return finite
    ? summary(group, metric)
    : cells(metric, { value: NaN, low: -Infinity, high: Infinity });
}
