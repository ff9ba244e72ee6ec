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

/**
 * Samples of the plane as small dots.
 *
 * @param samples One `[x, y]` a sample.
 * @param options The name in the legend and the look.
 * @returns The trace, in a list as all traces come.
 *
 * @example
 * ```ts
 * import { samplePoints } from "kit";
 * import { assertObjectMatch } from "@std/assert";
 *
 * const [trace] = samplePoints([[0, 1], [2, 3]], { name: "iteration 0", style: 0 });
 * assertObjectMatch(trace, { x: [0, 2], y: [1, 3] });
 * ```
 */
export function samplePoints(
  samples: readonly (readonly number[])[],
  { name, style }: { name: string; style: number | SeriesStyle },
): Trace[] {
  return [{
    type: "scatter",
    mode: "markers",
    x: samples.map(([x]) => x),
    y: samples.map(([, y]) => y),
    name,
    legendgroup: name,
    marker: { color: styleOf(style).color, size: 4, opacity: 0.6 },
  }];
}

/** The range of a histogram and its name and look. */
export interface HistogramOptions {
  /** The lower end of the first bin. */
  min: number;
  /** The upper end of the last bin. */
  max: number;
  /** The number of bins. */
  bins: number;
  /** The name in the legend. */
  name: string;
  /** The look, or the index of one; see {@linkcode seriesStyle}. */
  style: number | SeriesStyle;
}

/**
 * A histogram as shares of all values. It is counted here, so that a kept figure
 * holds the bins and not every value; values out of range are in no bin, yet
 * count in the total.
 *
 * @param values The values.
 * @param options The bins, the name and the look.
 * @returns The trace, in a list as all traces come.
 * @throws {RangeError} If there is no value, `bins` is not at least 1, or `min` is
 * not less than `max`.
 *
 * @example
 * ```ts
 * import { histogram } from "kit";
 * import { assertObjectMatch } from "@std/assert";
 *
 * const options = { min: 0, max: 2, bins: 2, name: "beta_eff", style: 0 };
 * const [trace] = histogram([0.1, 0.2, 0.3, 1.5], options);
 * assertObjectMatch(trace, { x: [0.5, 1.5], y: [0.75, 0.25] });
 * ```
 */
export function histogram(
  values: readonly number[],
  { min, max, bins, name, style }: HistogramOptions,
): Trace[] {
  if (values.length === 0) {
    throw new RangeError("Cannot count: expected at least 1 value, got none");
  }
  if (!Number.isInteger(bins) || bins < 1 || !(min < max)) {
    throw new RangeError(
      `Cannot count: expected bins of at least 1 and min < max, got ${bins} in [${min}, ${max}]`,
    );
  }
  const width = (max - min) / bins;
  const shares = new Array<number>(bins).fill(0);
  for (const value of values) {
    const bin = value === max ? bins - 1 : Math.floor((value - min) / width);
    if (bin >= 0 && bin < bins) shares[bin] += 1 / values.length;
  }
  const { color } = styleOf(style);
  return [{
    type: "bar",
    x: shares.map((_, bin) => min + (bin + 0.5) * width),
    y: shares,
    width: shares.map(() => width),
    name,
    legendgroup: name,
    marker: { color: translucent(color, 0.5), line: { color, width: 1 } },
  }];
}

/** The number of contours between zero and the highest value. */
const levels = 8;

/**
 * A density, or any height of at least 0 over the plane, as filled contours:
 * white where it is low, grey-blue where it is high, so that samples can be drawn over it.
 *
 * @param grid `x` across, `y` upward, and `z[j][i]` at `(x[i], y[j])`.
 * @param options The title of the colour bar, with its unit.
 * @returns The trace, in a list as all traces come.
 * @throws {RangeError} If `z` does not have a row for each of `y` and a column for
 * each of `x`.
 *
 * @example
 * ```ts
 * import { densityContours } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const grid = { x: [0, 1], y: [0, 1], z: [[0, 1], [1, 2]] };
 * assertEquals(densityContours(grid, { title: "density" }).length, 1);
 * ```
 */
export function densityContours(
  { x, y, z }: {
    x: readonly number[];
    y: readonly number[];
    z: readonly (readonly number[])[];
  },
  { title }: { title: string },
): Trace[] {
  if (z.length !== y.length || z.some((row) => row.length !== x.length)) {
    throw new RangeError(
      `Cannot draw contours: expected z of ${y.length} rows of ${x.length}, got ${z.length} rows of ${
        z[0]?.length ?? 0
      }`,
    );
  }
  const step = Math.max(...z.flat()) / (levels + 1);
  return [{
    type: "contour",
    x: [...x],
    y: [...y],
    z: z.map((row) => [...row]),
    colorscale: [[0, "#FFFFFF"], [0.5, "#C6D3E1"], [1, "#6C8EB0"]],
    autocontour: false,
    contours: { coloring: "fill", start: step, end: levels * step, size: step },
    line: { width: 0 },
    colorbar: {
      title: { text: title, side: "right", font: { size: 12 } },
      xpad: 14,
      thickness: 12,
      len: 1,
      nticks: 6,
      tickformat: ".2g",
      ticklabeloverflow: "allow",
    },
    hoverinfo: "skip",
    showlegend: false,
  } as Trace];
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
