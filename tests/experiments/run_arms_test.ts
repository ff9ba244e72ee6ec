import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { compile } from "../../lib/compile/mod.ts";
import { runsDir } from "../../lib/data/files.ts";
import { assertRunnable } from "../../lib/experiments/assert_task.ts";
import { adrpoArm, orwArm } from "../../lib/experiments/flow_arms.ts";
import { mixtureScales } from "../../lib/experiments/flow_budget.ts";
import { adrpoFlow } from "../../lib/experiments/methods.ts";
import { mixtureTask } from "../../lib/experiments/mixture_task.ts";
import { loadPretrained } from "../../lib/experiments/pretrained.ts";
import { runArms } from "../../lib/experiments/run_arms.ts";
import {
  adaptationBins,
  binColumn,
  drawPaths,
  measureSignals,
} from "../../lib/experiments/signals.ts";
import { type Params, repeatParams } from "../../lib/models/params.ts";
import { tf } from "../../lib/tf/backend.ts";
import { assertSameTensors } from "../compile/assert_same.ts";

const reference = await loadPretrained("mixture_flow");
const task = mixtureTask("graded", reference);
const { budget } = mixtureScales.smoke;
const options = {
  scale: "test",
  seeds: [0, 1],
  budget: { ...budget, iterations: 2, evaluateEvery: 2, perContext: 4 },
  evaluationSamples: 8,
} as unknown as Parameters<typeof runArms>[2];

Deno.test("runArms() gives a row a member and evaluation, the same each time, and leaks nothing", async () => {
  const run = async () => {
    // Without what a run before it kept, which would be read back.
    const kept = join(runsDir("test"), "checkpoints");
    await Deno.remove(kept, { recursive: true }).catch(() => {});
    return await runArms([task], [orwArm(1, [0, 1]), adrpoArm([0.5])], options);
  };
  const { rows } = await run();
  const before = tf.memory().numTensors;
  const again = await run();
  assertEquals(tf.memory().numTensors, before);
  assertEquals(again.rows, rows);
  // Evaluated at the start and at the end: (2 + 1) coefficients, 2 seeds.
  assertEquals(rows.length, 2 * 3 * 2);
  assertEquals(
    new Set(rows.map(({ method }) => method)),
    new Set(["ORW-CFM-W2, tau 1", "ADRPO-FM"]),
  );
  for (const { betaMean, beta, method } of rows) {
    // The mean of beta_eff over a prompt is beta0, whatever the rewards.
    assertEquals(
      Math.abs((betaMean as number) - (beta as number)) < 1e-5,
      true,
      `${method}`,
    );
  }
});

Deno.test("an experiment's door refuses coefficients and rewards out of range", async () => {
  const before = tf.memory().numTensors;
  await assertRejects(
    () => assertRunnable([], [adrpoArm([0.1, -1])]),
    RangeError,
    'betas of "ADRPO-FM" to be finite and not negative, got -1',
  );
  await assertRejects(
    () => assertRunnable([], [adrpoArm([])]),
    RangeError,
    "none",
  );
  await assertRejects(
    () =>
      assertRunnable([{
        ...task,
        reward: (x1) => tf.log(tf.mul(-1, tf.sum(tf.square(x1), -1))),
      }], []),
    RangeError,
    'the reward of "graded" to be finite, got NaN',
  );
  await assertRejects(
    () => assertRunnable([{ ...task, reward: (x1) => tf.sum(x1) }], []),
    TypeError,
    "got []",
  );
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("the measures of a task are the same when compiled", () => {
  const members = repeatParams(reference, 2);
  const measure = (params: Params) => ({
    columns: task.measure(params, { samples: 8, done: true }),
    paths: drawPaths(task.policy, params, {
      reward: task.reward,
      perContext: 8,
    }),
  });
  using compiled = compile(measure);
  const [eager, graph] = [tf.tidy(() => measure(members)), compiled(members)];
  assertSameTensors(eager, graph, "measures", 1e-3);
  tf.dispose([members, eager, graph]);
});

Deno.test("signals tell a method's coefficient from its loss", async () => {
  const beta = tf.tensor3d([0.5, 2], [2, 1, 1]);
  const members = repeatParams(reference, 2);
  const signals = tf.tidy(() => {
    const paths = drawPaths(task.policy, members, {
      reward: task.reward,
      perContext: 8,
    });
    return measureSignals(paths, { method: adrpoFlow({ beta0: beta }), beta });
  });
  const values = async (name: string) => [...await signals[name].data()];
  // Within a prompt advantages have mean 0, so that beta0 - A has mean beta0.
  const means = await values("betaMean");
  [0.5, 2].forEach((beta, i) => assertAlmostEquals(means[i], beta, 1e-4));
  // The member is its own reference: no distance, so that nothing pulls.
  for (const name of ["penalty", "pullGood", "pullBad"]) {
    for (const value of await values(name)) assertAlmostEquals(value, 0, 1e-8);
  }
  const bins = await Promise.all(
    Array.from({ length: adaptationBins }, (_, bin) => values(binColumn(bin))),
  );
  const shares = [0, 1].map((m) => bins.reduce((sum, bin) => sum + bin[m], 0));
  shares.forEach((share) => assertAlmostEquals(share, 1, 1e-5));
  tf.dispose([beta, members, signals]);
});
