import { assert, assertEquals, assertNotEquals } from "@std/assert";
import {
  adrpo,
  arm,
  flow,
  orwCfmW2,
  runningBaselineAdrpo,
} from "../../lib/methods/mod.ts";
import { run } from "../../lib/experiments/mod.ts";
import { tf } from "../../lib/tf/backend.ts";
import { budget, smallTask, withoutKept } from "./small_task.ts";
import { assertSameRows, smallExperiment } from "./small_experiment.ts";

Deno.test("a run has a row a member and evaluation, with its labels, its measures and the logs since", async () => {
  const task = smallTask({
    name: "rows",
    title: "small rows",
    show: (_, members, { done }) =>
      Promise.resolve(members.map((member) => ({ member, done }))),
    frontier: () => Promise.resolve([{ reward: 1 }]),
  });
  await withoutKept("rows", async () => {
    const before = tf.memory().numTensors;
    const of = smallExperiment(task, {
      arms: [arm(adrpo(flow), [0.2, 0.5]), arm(orwCfmW2({ tau: 1 }), [0])],
    });
    const progress: number[] = [];
    const result = await run(of, {
      onProgress: (percent) => progress.push(percent),
    });
    assertEquals(tf.memory().numTensors, before);
    const { rows, shown, frontiers, tasks, methods } = result;
    // Two settings and one, each of two seeds, at 0, 2 and 4.
    assertEquals(rows.length, (2 + 1) * 2 * 3);
    const labels = rows.slice(0, 4).map((row) => [
      ...[row.task, row.method, row.coefficient, row.seed, row.iteration],
    ]);
    assertEquals(labels, [
      ["rows", "ADRPO-FM", 0.2, 3, 0],
      ["rows", "ADRPO-FM", 0.2, 4, 0],
      ["rows", "ADRPO-FM", 0.5, 3, 0],
      ["rows", "ADRPO-FM", 0.5, 4, 0],
    ]);
    for (const { iteration, betaMean, coefficient, alive } of rows) {
      assertEquals(alive, true);
      // Advantages of a prompt have mean 0; before the first there is no log.
      const off = (betaMean as number) - (coefficient as number);
      assert(iteration === 0 ? Number.isNaN(off) : Math.abs(off) < 1e-6);
    }
    // The first seed of each setting.
    assertEquals(shown.length, 3 * 3);
    assertEquals(
      shown.slice(0, 2).map(({ coefficient, seed }) => [coefficient, seed]),
      [[0.2, 3], [0.5, 3]],
    );
    assertEquals(shown.at(-1)!.done, true);
    assertEquals(frontiers, [{ task: "rows", reward: 1 }]);
    assertEquals(tasks, { rows: "small rows" });
    assertEquals(methods["ADRPO-FM"].coefficient, "beta0");
    assertEquals(progress.at(-1), 100);
    assertEquals(progress, progress.toSorted((a, b) => a - b));
    assertEquals((await run(of, { fresh: true })).rows, rows);
  });
});

Deno.test("a run hands out what it trained, and what it reads back", async () => {
  const task = smallTask({ name: "trained" });
  await withoutKept("trained", async () => {
    const of = smallExperiment(task, {
      arms: [arm(adrpo(flow), [0.2, 0.5]), arm(orwCfmW2({ tau: 1 }), [0])],
    });
    const before = tf.memory().numTensors;
    const outcomes: string[] = [];
    for (let time = 0; time < 2; time++) {
      const sizes: Record<string, unknown>[] = [];
      const { rows } = await run(of, {
        async onTrained({ task: name, method, members, params }) {
          const size = tf.tidy(() =>
            tf.mul(
              budget.evaluationSamples,
              tf.sum(tf.abs(params["output/kernel"]), [1, 2]),
            )
          );
          const values = await size.data();
          size.dispose();
          for (const [i, { coefficient, seed }] of members.entries()) {
            const size = values[i];
            sizes.push({ task: name, method, coefficient, seed, size });
          }
        },
      });
      assertEquals(
        sizes,
        rows.filter(({ iteration }) => iteration === budget.iterations).map((
          { task, method, coefficient, seed, size },
        ) => ({ task, method, coefficient, seed, size })),
      );
      outcomes.push(JSON.stringify(sizes));
    }
    assertEquals(outcomes[0], outcomes[1]);
    assertEquals(tf.memory().numTensors, before);
  });
});

Deno.test("a member's rows are the same alone and in a population", async () => {
  const task = smallTask({ name: "alone" });
  await withoutKept("alone", async () => {
    const all = await run(smallExperiment(task));
    const alone = await run(smallExperiment(task, {
      arms: [arm(adrpo(flow), [0.5])],
      seeds: [4],
    }));
    const own = all.rows.filter(({ coefficient, seed }) =>
      coefficient === 0.5 && seed === 4
    );
    assertSameRows(own, alone.rows);
    // The others differ from it.
    assertNotEquals(all.rows.at(-1)!.size, all.rows.at(-2)!.size);
    assertNotEquals(all.rows.at(-1)!.size, all.rows.at(-3)!.size);
  });
});

Deno.test("a member that diverges is frozen, and the others go on as without it", async () => {
  const task = smallTask({ name: "frozen" });
  const arms = (...grid: number[]) => ({
    arms: [arm(runningBaselineAdrpo(flow), grid)],
    budget: { ...budget, divergedAbove: 10 },
  });
  await withoutKept("frozen", async () => {
    const mixed = await run(smallExperiment(task, arms(0.2, 1e6, 0.5)));
    const calm = await run(smallExperiment(task, arms(0.2, 0.5)));
    const bad = mixed.rows.filter(({ coefficient }) => coefficient === 1e6);
    assertEquals(bad.map(({ alive }) => alive), [
      ...[true, true, false, false, false, false],
    ]);
    assertEquals(bad[4].size, bad[2].size);
    const others = mixed.rows.filter(({ coefficient }) => coefficient !== 1e6);
    others.forEach((row, i) =>
      assert(
        Math.abs((row.size as number) - (calm.rows[i].size as number)) < 1e-5,
      )
    );
  });
});
