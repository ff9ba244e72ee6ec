import type { TableRow } from "../table_row.ts";

/** A column of numbers of rows, as written by {@linkcode summarise}. */
export function column(rows: readonly TableRow[], name: string): number[] {
  return rows.map((row) => {
    const value = row[name];
    if (typeof value !== "number") {
      throw new TypeError(
        `Cannot plot: expected a number in column ${name}, got ${value}`,
      );
    }
    return value;
  });
}

/** The ends of a metric's intervals; an end that is not finite is drawn nowhere. */
export function ends(
  rows: readonly TableRow[],
  metric: string,
): { low: number[]; high: number[] } {
  const value = column(rows, metric);
  const [low, high] = ["Low", "High"].map((end) =>
    column(rows, metric + end).map((x, i) => Number.isFinite(x) ? x : value[i])
  );
  return { low, high };
}

/** Error bars from the intervals of a metric, as plotly wants them. */
export function errorBars(
  rows: readonly TableRow[],
  metric: string,
  color: string,
) {
  const value = column(rows, metric);
  const { low, high } = ends(rows, metric);
  return {
    type: "data" as const,
    symmetric: false,
    array: high.map((x, i) => x - value[i]),
    arrayminus: low.map((x, i) => value[i] - x),
    color,
    thickness: 1.2,
    width: 3,
  };
}
