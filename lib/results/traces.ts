import type { Trace } from "./figure.ts";
import { column, type TableRow } from "./rows.ts";
import { ink, type SeriesStyle, styleOf, translucent } from "./theme.ts";

/** What a series of summarised rows shows, and its look. */
export interface SeriesOptions {
  /** The column across. */
  x: string;
  /** The metric upward; its interval is in `<y>Low` and `<y>High`. */
  y: string;
  /** The name in the legend. */
  name: string;
  /** The look, or the index of one; see {@linkcode seriesStyle}. */
  style: number | SeriesStyle;
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
  const { color, dash } = styleOf(style);
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

/**
 * Points of means with their 95% intervals both ways.
 *
 * @param rows Rows as {@linkcode summarise} makes them.
 * @param options What to show, and its look; both `x` and `y` are metrics.
 * @returns The trace, in a list as all traces come.
 * @throws {TypeError} If a column is missing or not a number.
 *
 * @example
 * ```ts
 * import { pointsWithBars } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [{
 *   reward: 0.5,
 *   rewardLow: 0.4,
 *   rewardHigh: 0.6,
 *   entropy: 1,
 *   entropyLow: 0.8,
 *   entropyHigh: 1.1,
 * }];
 * const options = { x: "reward", y: "entropy", name: "RAFT", style: 2 };
 * assertEquals(pointsWithBars(rows, options).length, 1);
 * ```
 */
export function pointsWithBars(
  rows: readonly TableRow[],
  { x, y, name, style }: SeriesOptions,
): Trace[] {
  const { color, symbol } = styleOf(style);
  return [{
    type: "scatter",
    mode: "markers",
    x: column(rows, x),
    y: column(rows, y),
    error_x: errorBars(rows, x, color),
    error_y: errorBars(rows, y, color),
    name,
    legendgroup: name,
    marker: { color, symbol, size: 8, line: { color: "white", width: 1 } },
  }];
}

/**
 * Bars of means with their 95% intervals, one a row.
 *
 * @param rows Rows as {@linkcode summarise} makes them.
 * @param options What to show, and its look; `x` names the bars.
 * @returns The trace, in a list as all traces come.
 * @throws {TypeError} If the metric's column is missing or not a number.
 *
 * @example
 * ```ts
 * import { barsWithIntervals } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [{ mode: "east", share: 0.4, shareLow: 0.3, shareHigh: 0.6 }];
 * const options = { x: "mode", y: "share", name: "measured", style: 0 };
 * assertEquals(barsWithIntervals(rows, options).length, 1);
 * ```
 */
export function barsWithIntervals(
  rows: readonly TableRow[],
  { x, y, name, style }: SeriesOptions,
): Trace[] {
  const { color } = styleOf(style);
  return [{
    type: "bar",
    x: rows.map((row) => row[x] as string | number),
    y: column(rows, y),
    error_y: errorBars(rows, y, ink),
    name,
    legendgroup: name,
    marker: { color: translucent(color, 0.75), line: { color, width: 1 } },
  }];
}

/**
 * A line known exactly, such as the frontier of `p ∝ pRef exp(r / lambda)`: thin
 * and black, to be told from everything that was measured.
 *
 * @param x Across.
 * @param y Upward, as many as `x`.
 * @param options The name in the legend.
 * @returns The trace, in a list as all traces come.
 * @throws {RangeError} If the lengths differ.
 *
 * @example
 * ```ts
 * import { exactLine } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(exactLine([0, 1], [2, 0], { name: "exact optimum" }).length, 1);
 * ```
 */
export function exactLine(
  x: readonly number[],
  y: readonly number[],
  { name }: { name: string },
): Trace[] {
  if (x.length !== y.length) {
    throw new RangeError(
      `Cannot draw a line: expected y of length ${x.length}, got ${y.length}`,
    );
  }
  return [{
    type: "scatter",
    mode: "lines",
    x: [...x],
    y: [...y],
    name,
    legendgroup: name,
    line: { color: ink, width: 1.4 },
  }];
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
