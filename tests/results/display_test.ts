import { assert, assertEquals, assertThrows } from "@std/assert";
import { figure } from "../../lib/results/figure.ts";
import { figureFrom } from "../../lib/results/figure_files.ts";
import { renderSvg } from "../../lib/results/render.ts";

type Face = Record<symbol, () => Promise<Record<string, unknown>>>;

Deno.test("a figure shows live, as a picture and in words", async () => {
  const shown = figure([{ x: [0, 1], y: [0, 1] }], { title: "Line" });
  const face = await (shown as unknown as Face)
    [Symbol.for("Jupyter.display")]();
  assertEquals(face["application/vnd.plotly.v1+json"], shown);
  assertEquals(face["image/svg+xml"], await renderSvg(shown));
  assertEquals(face["text/plain"], "Figure: Line");
});

Deno.test("a figure that is read back shows too", () => {
  const text = JSON.stringify(figure([], { title: "Line" }));
  assert(Symbol.for("Jupyter.display") in figureFrom(text));
});

Deno.test("figureFrom() refuses what is no figure", () => {
  const others = [
    `{ "data": 1 }`,
    `{ "data": [] }`,
    `{"data":[],"layout":null}`,
  ];
  for (const text of ["{", "[]", "null", ...others]) {
    assertThrows(() => figureFrom(text, "a.json"), RangeError, "a.json");
  }
});
