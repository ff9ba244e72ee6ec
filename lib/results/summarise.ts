import { meanInterval } from "./intervals.ts";
import type { TableRow } from "./table_row.ts";

/**
 * Summarises runs over their seeds: for each group one row with the mean and the
 * 95% bootstrap interval of each metric.
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
  const values = group.map((row) => {
    const value = row[metric];
    if (typeof value !== "number") {
      throw new TypeError(
        `Cannot summarise: expected a number in column ${metric}, got ${value}`,
      );
    }
    return value;
  });
  const { value, low, high } = meanInterval(values);
  return { [metric]: value, [`${metric}Low`]: low, [`${metric}High`]: high };
}
