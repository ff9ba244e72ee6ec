import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import { run } from "../../lib/experiments/mod.ts";
import { loadRun, saveRun } from "../../lib/results/mod.ts";
import { collect } from "../../lib/sweeps/collect.ts";
import { importExperiment, makePlan } from "../../lib/sweeps/make_plan.ts";
import { planPath, readPlan, rowsPath } from "../../lib/sweeps/plan.ts";
import { publish } from "../../lib/sweeps/publish.ts";
import { runPiece } from "../../lib/sweeps/run_piece.ts";
import { status } from "../../lib/sweeps/status.ts";
import { writePlan } from "../../lib/sweeps/submit.ts";
import { near, withoutKept } from "../experiments/small_task.ts";
import { whileItRuns } from "./racing.ts";

/** Plans a sweep in a folder, without what earlier runs left. */
async function withSweep(
  name: string,
  task: string,
  action: (
    sweep: Awaited<ReturnType<typeof makePlan>> & { folder: string },
  ) => Promise<void>,
) {
  const file = `tests/sweeps/${name}.ts`;
  const folder = await Deno.makeTempDir();
  try {
    await withoutKept(task, async () => {
      const experiment = await importExperiment(file, "smoke");
      const planned = await makePlan(file, experiment);
      await writePlan(folder, planned.plan);
      await action({ ...planned, folder });
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("pieces that ran in any order are collected to the bytes of the whole run", () =>
  withSweep("two_pieces", "near_1", async ({ plan, folder }) => {
    const collecting = () => collect(folder, plan);
    await assertRejects(collecting, Error, "2 of 2 pieces are missing");
    await runPiece(folder, plan, 1);
    await assertRejects(collecting, Error, "  0  near_1, ADRPO-FM");
    await runPiece(folder, await readPlan(folder), 0);
    assertEquals(
      (await status(folder, plan)).split(": ")[1],
      "of 2 pieces 2 done",
    );
    const part = `${
      rowsPath(folder, plan.pieces[1])
    }.${crypto.randomUUID()}.own`;
    await Deno.writeTextFile(part, "what a killed task left");
    const path = await collecting();
    await assertRejects(() => Deno.stat(part), Deno.errors.NotFound);
    assert((await status(folder, plan)).endsWith("run is in run.json"));
    const bytes = await Deno.readTextFile(path);
    const { default: experiment } = await import("./two_pieces.ts");
    const whole = await run(experiment, { fresh: true });
    assert(whole.rows.some(({ alive }) => !alive), "none diverged");
    assertEquals(whole.frontiers.length, 1);
    assertEquals((await loadRun(path)).rows, whole.rows);
    await Deno.writeTextFile(path, "{");
    await assertRejects(() => loadRun(path), RangeError, path);
    await saveRun(path, whole);
    assert(await Deno.readTextFile(path) === bytes, "other bytes");
    await Deno.truncate(rowsPath(folder, plan.pieces[1]), 1000);
    await assertRejects(collecting, Error, "is damaged");
  }));

Deno.test("a plan has a key a piece, the same again, and another for each setting", () =>
  withSweep("two_pieces", "near_1", async ({ plan, name, folder }) => {
    assertNotEquals(plan.pieces[0].key, plan.pieces[1].key);
    const file = "tests/sweeps/two_pieces.ts";
    const experiment = await importExperiment(file, "smoke");
    assertEquals(await makePlan(file, experiment), { plan, name });
    const { tasks: [task], budget } = experiment;
    const changes = [
      { seeds: [3, 5] },
      { budget: { ...budget, learningRate: 0.02 } },
      { tasks: [{ ...task, reward: near(1.5) }] },
    ];
    for (const change of changes) {
      const other = await makePlan(file, { ...experiment, ...change });
      assertNotEquals(other.name, name);
      assertNotEquals(other.plan.pieces[0].key, plan.pieces[0].key);
    }
    await assertRejects(
      () => writePlan(folder, { ...plan, file: "other.ts" }),
      Error,
      "another sweep",
    );
    await Deno.remove(planPath(folder));
    await assertRejects(() => readPlan(folder), RangeError, "sweep.json");
  }));

Deno.test("a file that is no experiment, lies elsewhere or is at another scale is refused", async () => {
  const small = "tests/sweeps/two_pieces.ts";
  const refused: [string, string, string][] = [
    ["tests/experiments/small_task.ts", "smoke", "to be an experiment"],
    ["../../elsewhere.ts", "smoke", "outside of the checkout"],
    [small, "full", "to be at scale full, got smoke"],
  ];
  for (const [file, scale, message] of refused) {
    await assertRejects(() => importExperiment(file, scale), Error, message);
  }
});

Deno.test("a machine with other code, packages, threads, file, or data is refused", () =>
  withSweep("two_pieces", "near_1", async ({ plan, folder }) => {
    const refused: [string, Partial<typeof plan>][] = [
      ["another code", { made: { ...plan.made, code: "0" } }],
      ["another packages", { made: { ...plan.made, packages: "0" } }],
      ["another TF_NUM_INTRAOP", { made: { ...plan.made, threads: "64" } }],
      ["another experiment's file", { made: { ...plan.made, file: "0" } }],
      ["another settings or data", { pieces: plan.pieces.toReversed() }],
    ];
    for (const [message, change] of refused) {
      await assertRejects(
        () => runPiece(folder, { ...plan, ...change }, 0),
        Error,
        message,
      );
    }
  }));

Deno.test("of two machines with one piece the first has published; other bytes are kept beside", () =>
  withSweep("racing", "racing", async ({ plan, folder }) => {
    const path = rowsPath(folder, plan.pieces[0]);
    await runPiece(folder, plan, 0);
    const rows = await Deno.readTextFile(path);
    for (
      const [text, differs] of [[rows, false], ["others\n", true]] as const
    ) {
      await Deno.remove(path);
      whileItRuns(() => publish(path, text));
      const late = runPiece(folder, plan, 0);
      if (differs) await assertRejects(() => late, Error, "other rows were");
      else await late;
      assertEquals(await Deno.readTextFile(path), text);
    }
    assert((await status(folder, plan)).includes("  differs 0  racing"));
  }));
