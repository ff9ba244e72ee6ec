import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import {
  type Experiment,
  type HostReward,
  run,
  type Task,
} from "../../lib/experiments/mod.ts";
import { type FlowVelocities } from "../../lib/losses/flow_losses.ts";
import {
  adrpo,
  anchored,
  arm,
  average,
  flow,
  grpo,
  orwCfmW2,
  runningBaselineAdrpo,
} from "../../lib/methods/mod.ts";
import { tokenPolicy, type TokenSignals } from "../../lib/policies/tokens.ts";
import { type Row } from "../../lib/train/row.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import { smallGpt } from "../models/small_gpt.ts";
import { budget, linesOf, near, smallTask, withoutKept } from "./small_task.ts";

const experiment = (
  task: Task<FlowVelocities>,
  change: Partial<Experiment<FlowVelocities>> = {},
): Experiment<FlowVelocities> => ({
  name: "run_test",
  scale: "smoke",
  tasks: [task],
  arms: [arm(adrpo(flow), [0.2, 0.5])],
  seeds: [3, 4],
  budget,
  ...change,
});

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

/** Checks that rows are the same up to the order in which a graph rounds. */
function assertSameRows(actual: readonly Row[], expected: readonly Row[]) {
  assertEquals(actual.length, expected.length);
  for (const [i, row] of actual.entries()) {
    assertEquals(Object.keys(row), Object.keys(expected[i]));
    for (const [name, value] of Object.entries(row)) {
      const other = expected[i][name];
      const off = Math.abs(Number(value) - Number(other));
      assert(
        Object.is(value, other) || off < 1e-4,
        `${name} of row ${i}: ${value}, expected ${other}`,
      );
    }
  }
}

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
    const of = experiment(task, {
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
    const of = experiment(task, {
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
    const all = await run(experiment(task));
    const alone = await run(experiment(task, {
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
    const mixed = await run(experiment(task, arms(0.2, 1e6, 0.5)));
    const calm = await run(experiment(task, arms(0.2, 0.5)));
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

Deno.test("a reward on the host gives the rows of the same reward in tensors", async () => {
  await withoutKept("host", async () => {
    const graph = await run(experiment(smallTask({ name: "host" })));
    const before = tf.memory().numTensors;
    const task = smallTask({ name: "host", reward: onHost(near(1)) });
    const host = await run(experiment(task));
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
        return experiment(
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
