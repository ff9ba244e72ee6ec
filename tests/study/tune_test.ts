import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { run } from "../../lib/experiments/mod.ts";
import { adrpo, arm, flow, orwCfmW2 } from "../../lib/methods/mod.ts";
import { report } from "../../lib/results/report.ts";
import { saveExperiment } from "../../lib/results/save_experiment.ts";
import { tune } from "../../lib/study/mod.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { budget, smallTask, withoutKept } from "../experiments/small_task.ts";

/** How far members went, and how much of their diversity is left. */
const task = smallTask({
  name: "tuning",
  measure: (params) => {
    const sum = tf.sum(tf.square(params["output/kernel"]), [1, 2]) as Tensor;
    return { reward: sum, spread: tf.add(tf.mul(0, sum), 2) };
  },
});
const experiment = {
  name: "tune_test",
  scale: "smoke" as const,
  tasks: [task],
  arms: [arm(adrpo(flow), [0.2, 0.5]), arm(orwCfmW2({ tau: 1 }), [0.1])],
  seeds: [0],
  budget,
};
const candidates = [1e-9, 0.03, 0.01]
  .map((learningRate) => ({ learningRate, updates: 2 }));

Deno.test("each method takes the candidate whose front dominates the largest area", async () => {
  await withoutKept("tuning", async () => {
    const seeds = [1000, 1001];
    const { arms, trials } = await tune(experiment, {
      ...{ candidates, seeds, diversity: "spread" },
    });
    assertEquals(trials.length, 6);
    for (const { method, tuned } of arms) {
      const own = trials.filter((trial) => trial.method === method.name);
      const best = own.filter(({ chosen }) => chosen);
      assertEquals(best.length, 1);
      assertEquals(best[0].learningRate, tuned?.learningRate);
      assertEquals(best[0].area, Math.max(...own.map(({ area }) => area)));
      // Who does not learn gains nothing: an area is the reward gained times 2.
      assert(own[0].area < 1e-4 && best[0].area > 0.01, `${own[0].area}`);
    }
  });
});

Deno.test("trials that were kept with the results are not tried again; those of another grid are", async () => {
  const folder = await Deno.makeTempDir();
  await withoutKept("tuning", async () => {
    const running: string[] = [];
    const options = {
      ...{ candidates, seeds: [1000], diversity: "spread" },
      onProgress: (_: number, name: string) => running.push(name),
    };
    const first = await tune(experiment, options);
    const tuned = report(
      await run({ ...experiment, arms: first.arms }),
      { claims: [], charts: {}, tuning: first.trials },
    );
    const kept = join(
      await saveExperiment(tuned, { runs: folder }),
      "tuning.csv",
    );

    running.length = 0;
    const again = await tune(experiment, { ...options, kept });
    assertEquals([again.arms, again.trials], [first.arms, first.trials]);
    assertEquals(running, []);
    const arms = [arm(adrpo(flow), [0.3])];
    await tune({ ...experiment, arms }, { ...options, kept });
    assert(running.length > 0);
    running.length = 0;
    await tune(experiment, { ...options, kept, fresh: true });
    assert(running.length > 0);
  });
  await Deno.remove(folder, { recursive: true });
});

Deno.test("tuning on the seeds that are judged, on two tasks or without a candidate is refused", async () => {
  const options = { candidates, seeds: [1000], diversity: "spread" };
  await assertRejects(
    () => tune(experiment, { ...options, seeds: [1, 0] }),
    RangeError,
    "that no run is judged on, got 0",
  );
  await assertRejects(
    () => tune(experiment, { ...options, candidates: [] }),
    RangeError,
    "at least one candidate",
  );
  await assertRejects(
    () =>
      tune({ ...experiment, tasks: [task, { ...task, name: "b" }] }, options),
    RangeError,
    "one task to tune on, got tuning, b",
  );
});
