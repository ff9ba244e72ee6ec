import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { gunzipSync } from "node:zlib";
import { readCsv, writeCsv } from "../../lib/results/csv.ts";
import { formatInterval, formatNumber } from "../../lib/results/format.ts";
import { summarise, summariseAlive } from "../../lib/results/summarise.ts";
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
  assertEquals(html.match(/<tr>/g)?.length, 13);
  assert(html.includes("... and 118 more rows: .print({ limit: 130 })"), html);
});

/** What a call prints. */
function printed(call: () => unknown): string {
  const lines: string[] = [];
  const { log } = console;
  console.log = (text: string) => lines.push(text);
  try {
    call();
  } finally {
    console.log = log;
  }
  return lines.join("\n");
}

Deno.test("print() prints as many rows as it is told", () => {
  const rows = Array.from({ length: 130 }, (_, i) => ({ i }));
  const lines = (text: string) => text.match(/^\|\d+\|$/gm)?.length;
  assertEquals(lines(printed(() => table(rows).print({ limit: 30 }))), 30);
  assertEquals(lines(printed(() => table(rows).print(5))), 5);
  assertEquals(lines(printed(() => table(rows).print())), 12);
});

Deno.test("a table shows a value and its interval in one cell", () => {
  const rows = [{ m: "orw", r: 0.88, rLow: 0.87, rHigh: 0.9, xLow: 1 }];
  const { "text/plain": text } = display(table(rows));
  assertEquals(text.split("\n")[0], "|m|r|xLow|");
  assert(text.includes("|orw|0.88 [0.87, 0.90]|1|"), text);
  // What is read off it stays a number.
  assertEquals(table(rows).get("rLow", 0), 0.87);
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

Deno.test("a compressed CSV is that of the plain one, and smaller", async () => {
  const folder = await Deno.makeTempDir();
  const [plain, compressed] = ["csv", "csv.gz"]
    .map((extension) => `${folder}/rows.${extension}`);
  const rows = Array.from({ length: 100 }, (_, seed) => ({
    ...{ seed, method: "ADRPO-FM, ±beta0", reward: 0.1 + 0.2 * seed },
    entropy: seed === 7 ? NaN : seed / 3,
  }));
  for (const path of [plain, compressed]) await writeCsv(path, rows);
  assertEquals(await readCsv(compressed), rows);
  const [text, packed] = await Promise.all(
    [plain, compressed].map((path) => Deno.readFile(path)),
  );
  assertEquals(gunzipSync(packed).compare(text), 0);
  assert(packed.length < text.length / 2);
  await Deno.remove(folder, { recursive: true });
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
  assertEquals(write(NaN, -Infinity, Infinity), "none");
});

Deno.test("formatNumber() keeps whole numbers whole", () => {
  assertEquals(
    [12345678, -0.00012346, 1e-9, NaN].map(formatNumber),
    ["12345678", "-0.0001235", "1e-9", "NaN"],
  );
});

Deno.test("dates in a CSV stay text, and a byte-order mark is no name", async () => {
  const path = await Deno.makeTempFile({ suffix: ".csv" });
  await Deno.writeTextFile(path, "\uFEFFday,month,x\n2024-01-02,2024-12,1\n");
  assertEquals(await readCsv(path), [
    { day: "2024-01-02", month: "2024-12", x: 1 },
  ]);
  await Deno.remove(path);
});

Deno.test("summariseAlive() leaves out a setting with a dead member, and no number of a metric without one", () => {
  const row = (beta: number, seed: number, reward: number, alive = true) => ({
    ...{ beta, seed, reward, alive, entropy: 1 },
  });
  const summary = summariseAlive([
    ...[row(1, 0, 0.5), row(1, 1, 0.5), row(2, 0, 0.9)],
    ...[row(2, 1, 0.1, false), row(3, 0, 0.9), row(3, 1, NaN)],
  ], { by: ["beta"], metrics: ["reward", "entropy"] });
  assertEquals(
    summary.map(({ beta, seeds, reward, entropy }) => [
      ...[beta, seeds, reward, entropy],
    ]),
    [[1, 2, 0.5, 1], [3, 2, NaN, 1]],
  );
});

Deno.test("a summary of rows with references has its interval over these", () => {
  const rows = [1, 2, 3, 6].flatMap((reward, reference) =>
    [0, 1].map((i) => ({ beta: 1, reference, seed: 2 * reference + i, reward }))
  );
  const [row] = summariseAlive(rows, { by: ["beta"], metrics: ["reward"] });
  assertEquals([row.seeds, row.reward], [8, 3]);
  // scipy 1.17.1, ttest_1samp of 1, 2, 3, 6.
  assertAlmostEquals(row.rewardLow as number, -0.43743, 1e-4);
});
