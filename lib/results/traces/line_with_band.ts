import type { Trace } from "../figure.ts";
import type { TableRow } from "../table_row.ts";
import { seriesStyle, translucent } from "../theme.ts";
import { column, ends } from "./bounds.ts";

/** What a series of summarised rows shows, and its look. */
export interface SeriesOptions {
  /** The column across. */
  x: string;
  /** The metric upward; its interval is in `<y>Low` and `<y>High`. */
  y: string;
  /** The name in the legend. */
  name: string;
  /** The index of the look; see {@linkcode seriesStyle}. */
  style: number;
}

/**
 * A line of means with its 95% interval as a band.
 *
 * @param rows Rows as {@linkcode summarise} makes them, in the order of `x`.
 * @param options What to show, and its look.
 * @returns The band and, above it, the line.
 * @throws {TypeError} If a column is missing or not a number.
 *
 * @example
 * ```ts
 * import { lineWithBand } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [{ iteration: 0, reward: 0.2, rewardLow: 0.1, rewardHigh: 0.3 }];
 * const traces = lineWithBand(rows, { x: "iteration", y: "reward", name: "ORW", style: 1 });
 * assertEquals(traces.length, 2);
 * ```
 */
export function lineWithBand(
  rows: readonly TableRow[],
  { x, y, name, style }: SeriesOptions,
): Trace[] {
  const { color, dash } = seriesStyle(style);
  const across = column(rows, x);
  const { low, high } = ends(rows, y);
  return [
    {
      type: "scatter",
      mode: "lines",
      x: [...across, ...across.toReversed()],
      y: [...high, ...low.toReversed()],
      fill: "toself",
      fillcolor: translucent(color, 0.18),
      line: { width: 0 },
      hoverinfo: "skip",
      legendgroup: name,
      showlegend: false,
    },
    {
      type: "scatter",
      mode: "lines",
      x: across,
      y: column(rows, y),
      name,
      legendgroup: name,
      line: { color, dash, width: 2 },
    },
  ];
}
