import type { Trace } from "../figure.ts";
import type { TableRow } from "../table_row.ts";
import { ink, seriesStyle, translucent } from "../theme.ts";
import { column, errorBars } from "./bounds.ts";
import type { SeriesOptions } from "./line_with_band.ts";

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
  const { color } = seriesStyle(style);
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
