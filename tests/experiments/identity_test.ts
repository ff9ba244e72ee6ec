import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { type Experiment, run } from "../../lib/experiments/mod.ts";
import { type FlowVelocities } from "../../lib/losses/flow_losses.ts";
import {
  ablation,
  advantageWeighting,
  arm,
  flow,
  grpo,
  type Method,
  raft,
  tokens,
} from "../../lib/methods/mod.ts";
import { gpt } from "../../lib/models/gpt.ts";
import { flowPolicy } from "../../lib/policies/flow.ts";
import { tokenPolicy } from "../../lib/policies/tokens.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import { killWhenItPrints } from "../kill_when_it_prints.ts";
import {
  budget,
  linesOf,
  model,
  near,
  reference,
  smallTask,
  withoutKept,
} from "./small_task.ts";

const experiment = (
  change: Partial<Experiment<FlowVelocities>>,
): Experiment<FlowVelocities> => ({
  name: "identity_test",
  scale: "smoke",
  tasks: [smallTask({ name: "identity" })],
  arms: [arm(advantageWeighting, [0.5])],
  seeds: [0, 1],
  budget,
  ...change,
});

const task = (change: Parameters<typeof smallTask>[0]) => ({
  tasks: [smallTask({ name: "identity", ...change })],
});
const own = (method: Partial<Method<FlowVelocities>>) => ({
  arms: [arm({ ...advantageWeighting, ...method }, [0.5])],
});
const limited = (limit: number) => ({
  arms: [arm(
    ablation(flow, "own", {
      beta: (A, beta0) => tf.add(beta0, tf.clipByValue(A, -limit, limit)),
    }),
    [0.5],
  )],
});
/** Differs at answers only that are never seen. */
const rare = (fine: number) => (x1: Tensor) =>
  tf.where(tf.greater(near(1)(x1), 2), fine, near(1)(x1)) as Tensor;
const another = model.init(keys([101]));
const judge = (name: string, sampleSteps = 2) =>
  task({
    policy: flowPolicy({ model, reference }, { sampleSteps }),
    reward: {
      name,
      score: (x1: Tensor) => Promise.resolve(tf.tidy(() => near(1)(x1))),
    },
  });
const shown = (text: string) =>
  task({ show: () => Promise.resolve([{ member: 0, text }]) });

/** Experiments of one task and method name, in which something differs. */
const experiments: Record<string, Partial<Experiment<FlowVelocities>>> = {
  plain: {},
  "another reward": task({ reward: near(2) }),
  "a number in a reward": task({ reward: near(1.01) }),
  "a reward that differs where no answer is": task({ reward: rare(0) }),
  "and once more": task({ reward: rare(9) }),
  "another reference": task({
    policy: flowPolicy({ model, reference: another }, { sampleSteps: 2 }),
  }),
  "another start": task({
    policy: {
      ...flowPolicy({ model, reference }, { sampleSteps: 2 }),
      init: (members) =>
        flowPolicy({ model, reference: another }, { sampleSteps: 2 })
          .init(members),
    },
  }),
  "more steps of the sampler": task({
    policy: flowPolicy({ model, reference }, { sampleSteps: 3 }),
  }),
  "another measure": task({
    measure: (params) => ({ size: tf.sum(params["output/kernel"], [1, 2]) }),
  }),
  "a number in a measure": task({
    measure: (params, { samples }) => ({
      size: tf.mul(
        samples + 1,
        tf.sum(tf.abs(params["output/kernel"]), [1, 2]),
      ),
    }),
  }),
  "another measure at the end": task({
    measure: (params, { samples, done }) => ({
      size: tf.mul(
        done ? 2 : samples,
        tf.sum(tf.abs(params["output/kernel"]), [1, 2]),
      ),
    }),
  }),
  "another method of the name": own({
    terms: (beta, rewards) => ({
      objective: flow.objective(rewards, rewards),
      divergence: flow.divergence,
      beta,
    }),
  }),
  "a memory": own({
    start: (beta) => ({ baseline: tf.zerosLike(beta) }),
  }),
  "another memory": own({ start: (beta) => ({ baseline: tf.onesLike(beta) }) }),
  "off policy": own({ offPolicy: true }),
  "a limit in a method": limited(2),
  "a limit that is never met": limited(3),
  "another grid": { arms: [arm(advantageWeighting, [0.6])] },
  "other seeds": { seeds: [0, 2] },
  "a judge": judge("judge 1"),
  "another judge": judge("judge 2"),
  "a judge of other answers": judge("judge 1", 3),
  "something to show": shown("a"),
  "something else to show": shown("b"),
  ...Object.fromEntries(
    Object.entries(budget).map(([name, value]) => [
      `another ${name}`,
      { budget: { ...budget, [name]: 2 * value } },
    ]),
  ),
};

Deno.test("what decides the outcome has rows of its own, in any order; the same is read back", async () => {
  await withoutKept("identity", async () => {
    const first = new Map<string, unknown>();
    for (const [what, change] of Object.entries(experiments)) {
      const lines = await linesOf(async () =>
        first.set(what, await run(experiment(change)))
      );
      assertEquals(lines, [], `${what} was read back`);
    }
    for (const [what, change] of Object.entries(experiments).toReversed()) {
      const lines = await linesOf(async () =>
        assertEquals(await run(experiment(change)), first.get(what), what)
      );
      assertEquals(lines.length, 1, `${what} was run again`);
      assert(lines[0].startsWith("Read back: identity "), lines[0]);
    }
    const fresh = await linesOf(async () =>
      assertEquals(
        await run(experiment({}), { fresh: true }),
        first.get("plain"),
      )
    );
    assertEquals(fresh, []);
  });
});

Deno.test("RAFT that keeps one and RAFT that keeps three have rows of their own", async () => {
  await withoutKept("identity", async () => {
    const of = async (keep: number) =>
      (await run(experiment({ arms: [arm(raft(flow, { keep }), [0.5])] })))
        .rows.map(({ size }) => size);
    const renamed = async (keep: number) => {
      const method = { ...raft(flow, { keep }), name: "RAFT" };
      const { rows } = await run(experiment({ arms: [arm(method, [0.5])] }));
      return rows.map(({ size }) => size);
    };
    const [one, three] = [await renamed(1), await renamed(3)];
    assertNotEquals(one, three);
    assertEquals([await of(3), await of(1)], [three, one]);
  });
});

Deno.test("language policies of another start, reference, stop, length or prompt have rows of their own", async () => {
  const language = gpt({
    vocabulary: 4,
    promptTokens: 2,
    length: 6,
    width: 4,
    depth: 1,
    heads: 2,
  });
  const [one, two] = [1, 2].map((seed) => language.init(keys([seed])));
  const plain = {
    model: language,
    reference: one,
    prompts: [[4, 1], [5, 1]],
    length: 3,
  };
  const policies = [
    plain,
    { ...plain, reference: two },
    { ...plain, start: two },
    { ...plain, reference: two, start: one },
    { ...plain, stop: 0 },
    { ...plain, stop: 1 },
    { ...plain, length: 4 },
    { ...plain, prompts: [[4, 1], [5, 2]] },
  ];
  const families = [tokens(), tokens({ epsilon: 0.3 })];
  await withoutKept("spoken", async () => {
    const lines = await linesOf(async () => {
      for (const policy of policies) {
        for (const family of families) {
          await run({
            name: "identity_test",
            scale: "smoke",
            tasks: [{
              name: "spoken",
              policy: tokenPolicy(policy),
              reward: (answers: Tensor) =>
                tf.mean(tf.cast(answers, "float32"), -1) as Tensor,
              measure: (params) => ({
                size: tf.sum(params["output/kernel"], [1, 2]),
              }),
            }],
            arms: [arm(grpo(family), [0.1])],
            seeds: [0],
            budget: { ...budget, iterations: 1, evaluateEvery: 1, updates: 1 },
          });
        }
      }
    });
    // At one update a ratio is 1, so that no clip acts: yet it is another method.
    assertEquals(lines, []);
  });
});

Deno.test("a run that is killed goes on to the rows of an unbroken one, and to no other's", async () => {
  await withoutKept("killed", async () => {
    const script = new URL("killed_run.ts", import.meta.url).pathname;
    const allowed = ["read", "write", "env", "sys", "ffi"]
      .map((what) => `--allow-${what}`);
    // Call 0 is the door's; 4 is of iteration 3, beyond the checkpoint at 2.
    const started = ["run", "--no-lock", ...allowed, script, "1"];
    await killWhenItPrints("call 4", started);
    const { killedRun } = await import("./killed_run.ts");
    let calls = 0;
    const count = () => calls++;
    const other = await killedRun(3, count);
    assertEquals(calls, 1 + 4, "another method went on where it stopped");
    calls = 0;
    const resumed = await killedRun(1, count);
    assertEquals(calls, 1 + 2, "it did not go on from its checkpoint");
    const unbroken = await killedRun(1, () => {}, { fresh: true });
    assertEquals(resumed, unbroken);
    assertNotEquals(other.rows, resumed.rows);
  });
});
