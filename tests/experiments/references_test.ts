import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import {
  overReferences,
  run,
  seedsOf,
  type Task,
} from "../../lib/experiments/mod.ts";
import { type FlowVelocities } from "../../lib/losses/flow_losses.ts";
import { adrpo, arm, flow } from "../../lib/methods/mod.ts";
import { flowPolicy } from "../../lib/policies/flow.ts";
import { type Row } from "../../lib/train/row.ts";
import { keys } from "../../lib/tf/random.ts";
import {
  budget,
  model,
  reference,
  smallTask,
  withoutKept,
} from "./small_task.ts";

const references = [reference, model.init(keys([200]))];
const taskOf = (name: string) => (reference: typeof references[0]) =>
  smallTask({
    name,
    policy: flowPolicy({ model, reference }, { sampleSteps: 2 }),
  });
const experiment = (
  tasks: Task<FlowVelocities>[],
  seeds: number[],
  change = {},
) => ({
  name: "references_test",
  scale: "smoke" as const,
  tasks,
  arms: [arm(adrpo(flow), [0.2, 0.5])],
  seeds,
  budget,
  ...change,
});
/** Rows of one reference, without its label. */
const rowsOf = (rows: readonly Row[], reference: number) =>
  rows.filter((row) => row.reference === reference)
    .map(({ reference: _, ...row }) => row);

Deno.test("references share out the seeds; each is what it is alone", async () => {
  await withoutKept("many", async () => {
    const tasks = overReferences(references, taskOf("many"));
    const { rows, config } = await run(experiment(tasks, [3, 4, 5, 6]));
    assertEquals([config.tasks, config.references], [["many"], 2]);
    for (const [k, at] of references.entries()) {
      const seeds = [[3, 4], [5, 6]][k];
      assertEquals(seedsOf(tasks[k], { tasks, seeds: [3, 4, 5, 6] }), seeds);
      const alone = await run(experiment([taskOf("many")(at)], seeds), {
        fresh: true,
      });
      assertEquals(rowsOf(rows, k), alone.rows);
    }
  });
});

Deno.test("seeds that references cannot share evenly, and one reference twice, are refused", async () => {
  const tasks = overReferences(references, taskOf("uneven"));
  assertThrows(
    () => seedsOf(tasks[0], { tasks, seeds: [1, 2, 3] }),
    RangeError,
    'that 2 references of "uneven" share evenly, got 3',
  );
  const twice = [tasks[0], tasks[0]];
  const refused = await run(experiment(twice, [1, 2])).catch((error) => error);
  assertEquals(
    refused.message,
    'Expected names of tasks to differ, got "uneven 0" twice',
  );
});

Deno.test("an arm's own learning rate and updates are those of a budget with them", async () => {
  const task = smallTask({ name: "tuned" });
  const tuned = { learningRate: 0.03, updates: 1 };
  const arms = [arm(adrpo(flow), [0.2], { tuned })];
  await withoutKept("tuned", async () => {
    const own = await run(experiment([task], [3], { arms }));
    const given = { arms: [arm(adrpo(flow), [0.2])] };
    const all = await run(
      experiment([task], [3], { ...given, budget: { ...budget, ...tuned } }),
      { fresh: true },
    );
    assertEquals(own.rows, all.rows);
    const other = await run(experiment([task], [3], given));
    assertNotEquals(own.rows, other.rows);
  });
});

Deno.test("by XLA a run has the same rows but for its draws", async () => {
  const task = smallTask({ name: "by_xla" });
  await withoutKept("by_xla", async () => {
    const [graph, xla] = [
      await run(experiment([task], [3])),
      await run(experiment([task], [3], { xla: true })),
    ];
    assertEquals(xla.config.xla, true);
    assertEquals(xla.rows[0], graph.rows[0]); // at the start
    assertEquals(xla.rows.length, graph.rows.length);
  });
});
