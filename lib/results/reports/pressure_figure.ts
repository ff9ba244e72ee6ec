import { barsWithIntervals } from "../traces/bars_with_intervals.ts";
import type { Figure, Trace } from "../figure.ts";
import { panels } from "../panels.ts";
import type { TableRow } from "../table_row.ts";
import { where } from "./sweeps.ts";

/** Groups of bars over the coefficient, one bar a metric. */
export function betaBars(
  rows: readonly TableRow[],
  metrics: Readonly<Record<string, string>>,
): Trace[] {
  const named = rows.map((row) => ({ ...row, beta: `${row.beta}` }));
  return Object.entries(metrics).flatMap(([y, name], style) =>
    barsWithIntervals(named, { x: "beta", y, name, style })
  );
}

/**
 * Draws, per method and coefficient, how hard good and bad samples are pulled back to
 * the reference and pushed along the reward.
 *
 * @param summary Rows with the columns of `measureSignals`, summarised.
 * @param options The task, the methods and the title.
 */
export function pressureFigure(
  summary: readonly TableRow[],
  { task, methods, title }: {
    task: string;
    methods: readonly string[];
    title: string;
  },
): Figure {
  const list = methods.map((method) => ({
    title: method,
    xTitle: "coefficient (beta or beta0)",
    yTitle: "mean regularisation b |v - vRef|²",
    xaxis: { type: "category" as const },
    data: betaBars(where(summary, { task, method }), {
      pullGood: "good samples, A > 0",
      pullBad: "bad samples, A < 0",
    }),
  }));
  return panels(list, {
    title,
    columns: list.length,
    width: 1000,
    rowHeight: 340,
  });
}
