import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { readCsv, writeCsv } from "../../lib/results/csv.ts";
import { formatInterval, formatNumber } from "../../lib/results/format.ts";
import { summarise } from "../../lib/results/summarise.ts";
import { table } from "../../lib/results/table.ts";

function display(shown: unknown): Record<string, string> {
  const face = shown as Record<symbol, () => Record<string, string>>;
  return face[Symbol.for("Jupyter.display")]();
}

Deno.test("a table shows as HTML with its numbers rounded", () => {
  const html =
    display(table([{ method: "<orw>", reward: 1 / 3 }]))["text/html"];
  assert(html.includes("0.3333<"), html);
  assert(html.includes("&lt;orw&gt;") && !html.includes("<orw>"), html);
});

Deno.test("a table made by arquero's verbs shows as HTML too", () => {
  const best = table([{ r: 1 }, { r: 2 }]).orderby("r").slice(1);
  const html = display(best)["text/html"];
  assert(html.includes(">2</td>") && !html.includes(">1</td>"), html);
});

Deno.test("a long table shows its head and says how much is left", () => {
  const rows = Array.from({ length: 130 }, (_, i) => ({ i }));
  const html = display(table(rows))["text/html"];
  assertEquals(html.match(/<tr>/g)?.length, 101);
  assert(html.endsWith("<p>... and 30 more rows</p>"));
});

Deno.test("table() refuses rows of different columns", () => {
  assertThrows(
    () => table([{ a: 1 }, { a: 1, b: 2 }]),
    TypeError,
    "expected columns a in row 1, got a, b",
  );
});

Deno.test("CSV brings every number back", async () => {
  const path = await Deno.makeTempFile({ suffix: ".csv" });
  const number = fc.double();
  const rows = fc.array(fc.record({ x: number, y: fc.integer() }), {
    minLength: 1,
    maxLength: 20,
  });
  await fc.assert(
    fc.asyncProperty(rows, async (written) => {
      await writeCsv(path, written);
      // -0 is written 0.
      assertEquals(
        await readCsv(path),
        written.map(({ x, y }) => ({ x: x + 0, y })),
      );
    }),
    { numRuns: 30 },
  );
  await Deno.remove(path);
});

Deno.test("CSV brings text, truth and gaps back", async () => {
  const path = await Deno.makeTempFile({ suffix: ".csv" });
  const rows = [
    { name: 'a "quoted", name', diverged: false, note: null },
    { name: "two\nlines", diverged: true, note: "x" },
  ];
  await writeCsv(path, rows);
  assertEquals(await readCsv(path), rows);
  await writeCsv(path, []);
  assertEquals(await readCsv(path), []);
  await Deno.remove(path);
});

Deno.test("a column is text if a late line is", async () => {
  const path = await Deno.makeTempFile({ suffix: ".csv" });
  const rows = Array.from({ length: 1500 }, (_, i) => ({ x: `${i}` }));
  await writeCsv(path, [...rows, { x: "end" }]);
  assertEquals((await readCsv(path)).at(-1), { x: "end" });
  await Deno.remove(path);
});

Deno.test("summarise() groups in order and names the ends", () => {
  const rows = [
    { method: "b", seed: 0, reward: 1 },
    { method: "a", seed: 0, reward: 4 },
    { method: "b", seed: 1, reward: 3 },
  ];
  assertEquals(summarise(rows, { by: ["method"], metrics: ["reward"] }), [
    { method: "b", seeds: 2, reward: 2, rewardLow: 1, rewardHigh: 3 },
    {
      method: "a",
      seeds: 1,
      reward: 4,
      rewardLow: -Infinity,
      rewardHigh: Infinity,
    },
  ]);
});

Deno.test("summarise() refuses a metric that is no number", () => {
  assertThrows(
    () => summarise([{ m: "x" }], { by: [], metrics: ["m"] }),
    TypeError,
    "column m, got x",
  );
});

Deno.test("formatInterval() writes as many decimals as the interval bears", () => {
  const write = (value: number, low: number, high: number) =>
    formatInterval({ value, low, high });
  assertEquals(write(0.8312, 0.8012, 0.8588), "0.83 [0.80, 0.86]");
  assertEquals(write(0.83124, 0.83012, 0.83288), "0.831 [0.830, 0.833]");
  assertEquals(write(2, 2, 2), "2.00 [2.00, 2.00]");
  assertEquals(write(0.5, -Infinity, Infinity), "0.50 [-Infinity, Infinity]");
});

Deno.test("formatNumber() keeps whole numbers whole", () => {
  assertEquals(
    [12345678, -0.00012346, 1e-9, NaN].map(formatNumber),
    ["12345678", "-0.0001235", "1e-9", "NaN"],
  );
});
