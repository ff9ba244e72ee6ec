import type { Trace } from "../figure.ts";
import type { TableRow } from "../table_row.ts";
import { seriesStyle } from "../theme.ts";
import { column, errorBars } from "./bounds.ts";
import type { SeriesOptions } from "./line_with_band.ts";

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
  const { color, symbol } = seriesStyle(style);
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
