import type { Trace } from "../figure.ts";
import { seriesStyle } from "../theme.ts";

/**
 * Samples of the plane as small dots.
 *
 * @param samples One `[x, y]` a sample.
 * @param options The name in the legend and the index of the look.
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
  { name, style }: { name: string; style: number },
): Trace[] {
  return [{
    type: "scatter",
    mode: "markers",
    x: samples.map(([x]) => x),
    y: samples.map(([, y]) => y),
    name,
    legendgroup: name,
    marker: { color: seriesStyle(style).color, size: 4, opacity: 0.6 },
  }];
}
