import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import type { Layout } from "plotly.js";
import {
  type Figure,
  figure,
  legendSpace,
  type Trace,
} from "../../lib/results/figure.ts";
import { panels } from "../../lib/results/panels.ts";
import { renderSvg } from "../../lib/results/render.ts";
import { seriesStyle } from "../../lib/results/theme.ts";

const line = (name?: string): Trace => ({ x: [0, 1], y: [0, 1], name });

/** The layout of every plotly, whatever its types say. */
// deno-lint-ignore no-explicit-any
const layoutOf = (shown: Figure) => shown.layout as any;

Deno.test("figure() is a plain value", () => {
  const shown = figure([line("a")], {
    title: "A",
    xTitle: "x (s)",
    yTitle: "y (m)",
  });
  const back = JSON.parse(JSON.stringify(shown));
  assertEquals(Object.keys(back), ["data", "layout"]);
  assertEquals(back.layout.title.text, "A");
  assertEquals(back.layout.xaxis.title.text, "x (s)");
  assertEquals(back.layout.yaxis.title.text, "y (m)");
});

Deno.test("figure() lays the theme under, never over, the given layout", () => {
  const layout: Partial<Layout> = {
    yaxis: { range: [0, 1] },
    yaxis2: { overlaying: "y" },
    hovermode: "x",
  };
  const { yaxis, yaxis2, hovermode } = layoutOf(figure([line()], {
    title: "A",
    yTitle: "y",
    layout,
  }));
  assertEquals(yaxis.range, [0, 1]);
  assertEquals(yaxis.title.text, "y");
  assertEquals([yaxis.zeroline, yaxis2.zeroline], [false, false]);
  assertEquals(hovermode, "x");
});

Deno.test("figure() gives the legend rows of their own above the plot", () => {
  const top = (names: string[]) =>
    layoutOf(figure(names.map(line), { title: "A" })).margin.t;
  const long = "a name that takes a third of the width";
  assertEquals(
    layoutOf(figure([line("one")], { title: "A" })).showlegend,
    false,
  );
  assert(top(["one", "two"]) > top(["one"]));
  assert(top([`${long} 1`, `${long} 2`, `${long} 3`]) > top(["one", "two"]));
  // Markup takes no room.
  assertEquals(top(["p<sub>ref</sub>", "q"]), top(["pref", "q"]));
});

Deno.test("panels() share one legend and do not overlap", () => {
  const panel = {
    data: [line("a"), line("b")],
    xTitle: "t (s)",
    yTitle: "x (m)",
  };
  const titles = ["p", "q", "r"];
  const shown = panels(titles.map((title) => ({ ...panel, title })), {
    title: "Three",
    columns: 2,
  });
  const named = shown.data as { name: string; showlegend?: boolean }[];
  assertEquals(
    named.filter(({ showlegend }) => showlegend !== false).map(({ name }) =>
      name
    ),
    ["a", "b"],
  );
  const layout = layoutOf(shown);
  assert(layout.xaxis.domain[1] < layout.xaxis2.domain[0]);
  assert(layout.yaxis3.domain[1] < layout.yaxis.domain[0]);
  assertAlmostEquals(layout.xaxis2.domain[1], 1, 1e-12);
  assertEquals(
    layout.annotations.map(({ text }: { text: string }) => text),
    titles,
  );
});

Deno.test("panels() refuses none", () => {
  assertThrows(() => panels([], { title: "", columns: 1 }), RangeError);
  assertThrows(
    () => panels([{ title: "", data: [] }], { title: "", columns: 0 }),
    RangeError,
  );
});

Deno.test("seriesStyle() tells neighbours apart by colour, dash and marker", () => {
  const all = [0, 1, 2, 3, 4].map(seriesStyle);
  for (const part of ["color", "dash", "symbol"] as const) {
    assertEquals(new Set(all.map((style) => style[part])).size, 5);
  }
  assertThrows(() => seriesStyle(-1), RangeError, "got -1");
});

Deno.test("typed arrays in a figure become lists, in JSON and in the picture", async () => {
  const y = Float32Array.of(0, 1, 4);
  const made = figure([
    { x: [0, 1, 2], y },
    { type: "contour", z: [Int32Array.of(1, 2), [3, 4]] } as unknown as Trace,
  ], { title: "T" });
  const plain = figure([
    { x: [0, 1, 2], y: [0, 1, 4] },
    { type: "contour", z: [[1, 2], [3, 4]] } as Trace,
  ], { title: "T" });
  assertEquals(JSON.stringify(made), JSON.stringify(plain));
  assertEquals(await renderSvg(made), await renderSvg(plain));
});

Deno.test("a legend has the space of its rows as they are drawn", async () => {
  const rowsOf = async (names: string[]) => {
    const svg = await renderSvg(
      figure(names.map((name) => ({ x: [0], y: [0], name })), { title: "A" }),
    );
    const places = svg.matchAll(
      /class="traces"[^>]* transform="translate\([^,]*,([^)]*)\)/g,
    );
    return new Set([...places].map(([, y]) => y)).size;
  };
  const short = ["one", "two"];
  // Letters as narrow as these fit in one row, though there are many.
  const narrow = [1, 2, 3, 4].map((i) => `fill, still in tilt: ${i}`);
  const wide = narrow.map((name) => name.toUpperCase());
  for (const [names, rows] of [[short, 1], [narrow, 1], [wide, 2]] as const) {
    assertEquals(await rowsOf([...names]), rows);
    assertEquals(legendSpace(names, 720), rows * 21 + 6);
  }
});

Deno.test("panels() break headings that are wider than their panel, at a colon first", () => {
  const panel = { data: [{ x: [0, 1], y: [0, 1] }] };
  const drawn = (titles: string[]) =>
    panels(titles.map((title) => ({ ...panel, title })), {
      ...{ title: "A", columns: 3, width: 720 },
    });
  const long = "an imperfect proxy: RAFT, the best eight of sixty-four samples";
  const { layout } = drawn([long, "b", "c"]);
  const [first, second] = layout.annotations!.map(({ text }) => text);
  assertEquals(
    first,
    "an imperfect proxy:<br>RAFT, the best eight of<br>sixty-four samples",
  );
  assertEquals(second, "b");
  // Two lines more above plots that are as high as without.
  const plain = drawn(["a", "b", "c"]).layout;
  assertEquals(layout.height! - plain.height!, 34);
  assertEquals(layout.margin!.t! - plain.margin!.t!, 34);
});
