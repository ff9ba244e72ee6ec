import { assertEquals, assertRejects } from "@std/assert";
import { anchored, arm, average, grpo } from "../../lib/methods/mod.ts";
import { type HostReward, run, type Task } from "../../lib/experiments/mod.ts";
import { tokenPolicy, type TokenSignals } from "../../lib/policies/tokens.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import { smallGpt } from "../models/small_gpt.ts";
import { budget, linesOf, near, smallTask, withoutKept } from "./small_task.ts";
import { assertSameRows, smallExperiment } from "./small_experiment.ts";

/** The same scores as of a reward in tensors. */
const onHost = (
  reward: (x1: Tensor) => Tensor,
  tell: (call: number) => unknown = () => {},
): HostReward => {
  let calls = 0;
  return {
    name: "the same",
    async score(x1) {
      const spoilt = await tell(calls++);
      const values = tf.tidy(() => reward(x1));
      if (!spoilt) return values;
      values.dispose();
      return tf.fill(values.shape, NaN);
    },
  };
};

Deno.test("a reward on the host gives the rows of the same reward in tensors", async () => {
  await withoutKept("host", async () => {
    const graph = await run(smallExperiment(smallTask({ name: "host" })));
    const before = tf.memory().numTensors;
    const task = smallTask({ name: "host", reward: onHost(near(1)) });
    const host = await run(smallExperiment(task));
    assertEquals(tf.memory().numTensors, before);
    assertSameRows(host.rows, graph.rows);
  });
});

Deno.test("a language model is rewarded on the host as in tensors", async () => {
  const policy = tokenPolicy({
    model: smallGpt,
    reference: smallGpt.init(keys([0])),
    prompts: [[4, 5], [5, 1]],
    length: 3,
    stop: 2,
  });
  const sum = (answers: Tensor) =>
    tf.tidy(() => tf.sum(tf.cast(answers, "float32"), -1));
  const of = (reward: Task<TokenSignals>["reward"]) =>
    run<TokenSignals>({
      name: "run_test",
      scale: "smoke",
      tasks: [{
        name: "hostspoken",
        policy,
        reward,
        measure: (params) => ({
          size: tf.sum(params["output/kernel"], [1, 2]),
        }),
      }],
      // The host's half of an iteration knows the anchor, too.
      arms: [arm(grpo(), [0.1]), arm(anchored(grpo(), average(0.5)), [0.1])],
      seeds: [0, 1],
      budget,
    });
  await withoutKept("hostspoken", async () => {
    // In JavaScript, token by token.
    const host = await of({
      name: "sum",
      async score(answers) {
        const rows = await answers.array() as number[][][];
        return tf.tensor2d(
          rows.map((member) =>
            member.map((row) => row.reduce((a, b) => a + b))
          ),
          undefined,
          "float32",
        );
      },
    });
    assertEquals(host.rows, (await of(sum)).rows);
  });
});

Deno.test("a host that fails stops the run, which then goes on where it was", async () => {
  const failures: [string, (call: number) => unknown][] = [
    ['the reward of "fails" to be finite, got NaN', (call) => call === 4],
    ["the judge sleeps", (call) => {
      if (call === 4) throw new Error("the judge sleeps");
    }],
  ];
  for (const [message, tell] of failures) {
    await withoutKept("fails", async () => {
      const calls: number[] = [];
      // The door asks once; call 4 is of iteration 3, beyond a checkpoint at 2.
      const of = (tell: (call: number) => unknown) => {
        const reward = onHost(near(1), (call) => {
          calls.push(call);
          return tell(call);
        });
        return smallExperiment(
          smallTask({ name: "fails", reward, startRewards: undefined }),
        );
      };
      const before = tf.memory().numTensors;
      await assertRejects(() => run(of(tell)), Error, message);
      assertEquals(tf.memory().numTensors, before, "leaked");
      assertEquals(calls.length, 5);
      const lines = await linesOf(async () => {
        const resumed = await run(of(() => {}));
        assertEquals(calls.length, 5 + 1 + 2);
        assertEquals(
          resumed.rows,
          (await run(of(() => {}), { fresh: true })).rows,
        );
      });
      assertEquals(lines, []);
    });
  }
});
