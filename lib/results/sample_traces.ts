import type { Trace } from "./figure.ts";
import { type SeriesStyle, styleOf, translucent } from "./theme.ts";

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
