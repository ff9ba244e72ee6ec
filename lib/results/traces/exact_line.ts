import type { Trace } from "../figure.ts";
import { ink } from "../theme.ts";

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
