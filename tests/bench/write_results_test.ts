import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { type Results, writeResults } from "../../lib/bench/write_results.ts";
import { type TargetRow, type TimeRow } from "../../lib/bench/rows.ts";
import { readCsv } from "../../lib/results/csv.ts";
import { inFolder } from "../in_folder.ts";

const setting = { commit: "first", device: "a card", threads: 1, jax: "0.10" };
const time = (benchmark: string, ms: number): TimeRow => ({
  ...{ benchmark, contender: "ours, graph", ms, msLow: ms, msHigh: ms },
  ...{ ratio: 1, ratioLow: 1, ratioHigh: 1, firstCallSeconds: 1 },
  ...{ megabytes: 50, difference: null },
});
const target = (benchmark: string, measured: number): TargetRow => ({
  ...{ benchmark, ours: "ours, graph", against: "JAX jit", most: 1 },
  ...{ measured, low: measured, high: measured, verdict: "reached" },
});
const found = (names: string[], value: number, of = setting): Results => ({
  times: names.map((name) => time(name, value)),
  targets: names.map((name) => target(name, value)),
  ...{ growth: [], modelGrowth: [], setting: of },
});

Deno.test("a part of the benchmarks takes the place of its own rows; each says its commit", () =>
  inFolder(async (folder) => {
    await writeResults(folder, found(["a", "b", "c"], 1), false);
    const before = await Deno.readTextFile(join(folder, "setting.json"));
    const later = { ...setting, commit: "second" };
    await writeResults(folder, found(["d", "b"], 2, later), true);
    for (const [file, value] of [["times", "ms"], ["targets", "measured"]]) {
      const rows = await readCsv(join(folder, `${file}.csv`));
      assertEquals(
        rows.map((row) => [row.benchmark, row[value], row.commit]),
        [
          ...[["a", 1, "first"], ["b", 2, "second"], ["c", 1, "first"]],
          ["d", 2, "second"],
        ],
      );
    }
    assertEquals(await Deno.readTextFile(join(folder, "setting.json")), before);
  }));

Deno.test("a part that was measured elsewhere is refused, and nothing is written", () =>
  inFolder(async (folder) => {
    await writeResults(folder, found(["a"], 1), false);
    const elsewhere = { ...setting, device: "another card" };
    await assertRejects(
      () => writeResults(folder, found(["a"], 2, elsewhere), true),
      RangeError,
      "the same device, another card, got a card",
    );
    const [{ ms }] = await readCsv(join(folder, "times.csv"));
    assertEquals(ms, 1);
  }));
