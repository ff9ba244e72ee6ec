import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { runsDir } from "../../lib/data/files.ts";
import { assertRunnable } from "../../lib/experiments/assert_task.ts";
import { adrpoArm, orwArm } from "../../lib/experiments/flow_arms.ts";
import { mixtureScales } from "../../lib/experiments/flow_budget.ts";
import { mixtureTask } from "../../lib/experiments/mixture_task.ts";
import { loadPretrained } from "../../lib/experiments/pretrained.ts";
import { runArms } from "../../lib/experiments/run_arms.ts";
import { tf } from "../../lib/tf/backend.ts";

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
