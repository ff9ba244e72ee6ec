import type { Trace } from "../figure.ts";
import { seriesStyle, translucent } from "../theme.ts";

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
  /** The index of the look; see {@linkcode seriesStyle}. */
  style: number;
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
  const { color } = seriesStyle(style);
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
