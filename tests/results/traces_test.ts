import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import {
  frontsWithLabels,
  placeLabels,
} from "../../lib/results/labelled_fronts.ts";
import {
  barsWithIntervals,
  exactLine,
  lineWithBand,
  pointsWithBars,
} from "../../lib/results/traces.ts";
import { densityContours, histogram } from "../../lib/results/sample_traces.ts";

/** A trace, whatever its types say. */
// deno-lint-ignore no-explicit-any
type Loose = any;

const rows = [
  { t: 0, r: 1, rLow: 0.5, rHigh: 1.25, d: 4, dLow: 3, dHigh: 6 },
  { t: 1, r: 2, rLow: 1.5, rHigh: 3, d: 2, dLow: 1.5, dHigh: 2.25 },
];
const series = { x: "r", y: "d", name: "m", style: 0 };

Deno.test("lineWithBand() goes round the interval", () => {
  const [band, line]: Loose[] = lineWithBand(rows, {
    ...series,
    x: "t",
    y: "r",
  });
  assertEquals(band.x, [0, 1, 1, 0]);
  assertEquals(band.y, [1.25, 3, 1.5, 0.5]);
  assertEquals(line.y, [1, 2]);
});

Deno.test("lineWithBand() draws no band where an end is not finite", () => {
  const open = rows.map((row) => ({
    ...row,
    rLow: -Infinity,
    rHigh: Infinity,
  }));
  const [band]: Loose[] = lineWithBand(open, { ...series, x: "t", y: "r" });
  assertEquals(band.y, [1, 2, 2, 1]);
});

Deno.test("pointsWithBars() draws each end at its own length", () => {
  const [points]: Loose[] = pointsWithBars(rows, series);
  assertEquals(points.error_x.arrayminus, [0.5, 0.5]);
  assertEquals(points.error_x.array, [0.25, 1]);
  assertEquals(points.error_y.arrayminus, [1, 0.5]);
  assertEquals(points.error_y.array, [2, 0.25]);
});

Deno.test("barsWithIntervals() names its bars", () => {
  const [bars]: Loose[] = barsWithIntervals(
    rows.map((row) => ({ ...row, mode: `mode ${row.t}` })),
    { ...series, x: "mode", y: "r" },
  );
  assertEquals(bars.x, ["mode 0", "mode 1"]);
  assertEquals(bars.error_y.array, [0.25, 1]);
});

Deno.test("traces refuse a missing column", () => {
  assertThrows(
    () => pointsWithBars(rows, { ...series, y: "entropy" }),
    TypeError,
    "column entropy, got undefined",
  );
});

Deno.test("histogram() shares all values over the bins", () => {
  const [bars]: Loose[] = histogram([-9, 0, 0.5, 1.5, 2, 2, 7, 1], {
    min: 0,
    max: 2,
    bins: 2,
    name: "",
    style: 0,
  });
  // In [0, 1): 0, 0.5; in [1, 2]: 1.5, 2, 2, 1; out: -9, 7.
  assertEquals(bars.y, [2 / 8, 4 / 8]);
});

Deno.test("histogram() refuses what it cannot count", () => {
  const options = { min: 0, max: 1, bins: 2, name: "", style: 0 };
  assertThrows(() => histogram([], options), RangeError, "at least 1 value");
  assertThrows(() => histogram([1], { ...options, bins: 0 }), RangeError);
  assertThrows(() => histogram([1], { ...options, max: 0 }), RangeError);
});

Deno.test("exactLine() and densityContours() refuse ragged input", () => {
  assertThrows(() => exactLine([0, 1], [0], { name: "" }), RangeError);
  assertThrows(
    () => densityContours({ x: [0, 1], y: [0], z: [[1]] }, { title: "" }),
    RangeError,
    "expected z of 1 rows of 2, got 1 rows of 1",
  );
});

Deno.test("placeLabels() takes the first corner that is free", () => {
  const label = { x: 100, y: 100, text: "0.1" };
  assertEquals(placeLabels([label], []), ["top right"]);
  // A point on the upper right, where the label would be.
  assertEquals(placeLabels([label], [{ x: 112, y: 110 }]), ["bottom left"]);
  // Two labels at one point do not share a corner.
  assertEquals(placeLabels([label, label], []), ["top right", "bottom left"]);
});

Deno.test("placeLabels() leaves out a label without room", () => {
  const everywhere = Array.from({ length: 400 }, (_, i) => ({
    x: 60 + 4 * (i % 20),
    y: 60 + 4 * Math.floor(i / 20),
  }));
  assertEquals(placeLabels([{ x: 100, y: 100, text: "0.1" }], everywhere), [
    null,
  ]);
});

Deno.test("frontsWithLabels() joins means and labels them by coefficient", () => {
  const [front, labels]: Loose[] = frontsWithLabels([{
    rows,
    name: "m",
    style: 0,
  }], {
    x: "r",
    y: "d",
    label: "t",
  });
  assertEquals(front.x, [1, 2]);
  assertEquals(labels.x, [1, 2]);
  assertEquals(labels.text, ["0", "1"]);
  assertEquals(labels.showlegend, false);
});

Deno.test("frontsWithLabels() keeps clear of the lines beside", () => {
  const shown = (beside: Loose[]) => {
    const [_, labels]: Loose[] = frontsWithLabels([{
      rows,
      name: "m",
      style: 0,
    }], {
      x: "r",
      y: "d",
      label: "t",
      beside,
    });
    return labels.text.filter((text: string) => text !== "").length;
  };
  assertEquals(shown([]), 2);
  // Lines all over the plot leave no room.
  const lines = Array.from({ length: 80 }, (_, i) => {
    const y = 1.5 + i * 4.5 / 79;
    return exactLine([0.5, 3], [y, y], { name: "" });
  });
  assertEquals(shown(lines.flat()), 0);
});

Deno.test("densityContours() leaves what is near zero white", () => {
  const [trace]: Loose[] = densityContours(
    { x: [0, 1], y: [0, 1], z: [[0, 0.5], [0.9, 0.3]] },
    { title: "density" },
  );
  assertAlmostEquals(trace.contours.start, 0.1);
  assert(trace.contours.end < 0.9);
});
