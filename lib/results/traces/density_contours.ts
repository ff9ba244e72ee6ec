import type { Trace } from "../figure.ts";

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
