import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type Experiment, run } from "../../lib/experiments/mod.ts";
import { type FlowVelocities } from "../../lib/losses/flow_losses.ts";
import {
  ablation,
  adrpo,
  advantageWeighting,
  arm,
  clippedAdrpo,
  dpo,
  fixedBeta,
  flow,
  grpo,
  klController,
  type Method,
  orwCfmW2,
  raft,
  runningBaselineAdrpo,
  tokens,
  type Tuned,
} from "../../lib/methods/mod.ts";
import { flowPolicy } from "../../lib/policies/flow.ts";
import { tokenPolicy, type TokenSignals } from "../../lib/policies/tokens.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import { mixtureTask, sumTask } from "../../lib/tracks/mod.ts";
import { smallGpt } from "../models/small_gpt.ts";
import { budget, model, reference, smallTask } from "./small_task.ts";

const task = smallTask({ name: "door" });
const good = {
  name: "door_test",
  scale: "smoke",
  tasks: [task],
  arms: [arm(advantageWeighting, [0.5])],
  seeds: [0, 1],
  budget,
};

type Wrong = [message: string, change: Record<string, unknown>];

/** Checks that runs are refused by name before a step, without a tensor left. */
async function assertRefused(
  kind: typeof TypeError | typeof RangeError,
  wrongs: Wrong[],
  base: unknown = good,
): Promise<void> {
  for (const [message, change] of wrongs) {
    const experiment = { ...base as typeof good, ...change };
    let steps = 0;
    const before = tf.memory().numTensors;
    await assertRejects(
      () =>
        run(experiment as Experiment<FlowVelocities>, {
          onProgress: (percent) => steps += Math.sign(percent),
        }),
      kind,
      message,
    );
    assertEquals(tf.memory().numTensors, before, `${message}: leaked`);
    assertEquals(steps, 0, message);
  }
}

const withReward = (reward: unknown) => ({ tasks: [{ ...task, reward }] });
const withTuned = (tuned: Tuned) => ({
  arms: [arm(advantageWeighting, [1], { tuned })],
});
const withBudget = (change: object) => ({ budget: { ...budget, ...change } });
const withMethod = (method: Method<FlowVelocities>, grid = [0.5]) => ({
  arms: [arm(method, grid)],
});
const withTerms = (terms: unknown) =>
  withMethod({ ...advantageWeighting, name: "own", terms } as never);
const withMeasure = (measure: unknown) => ({ tasks: [{ ...task, measure }] });

Deno.test("a run refuses coefficients, seeds, names and sizes out of range", async () => {
  const grid = (...grid: number[]) => withMethod(adrpo(flow), grid);
  await assertRefused(RangeError, [
    ['beta0 of "ADRPO-FM" to be finite and not negative, got -1', grid(-1)],
    ['beta0 of "ADRPO-FM" to be finite and not negative, got NaN', grid(NaN)],
    ["got Infinity", grid(0.1, Infinity)],
    ['beta0 of "ADRPO-FM" to be finite and not negative, got none', grid()],
    [
      'values of beta0 of "ADRPO-FM" to differ, got "0.5" twice',
      grid(0.5, 0.5),
    ],
    ['seeds to differ, got "0" twice', { seeds: [0, 0] }],
    ["seeds to be integers from 0 to 2^31 - 1, got -1", { seeds: [-1] }],
    ["got 0.5", { seeds: [0.5] }],
    ['scale to be one of smoke, laptop, full, got "huge"', { scale: "huge" }],
    ['digits and _, got "A b"', { name: "A b" }],
    ['names of tasks to differ, got "door" twice', { tasks: [task, task] }],
    ['names of arms to differ, got "advantage weighting" twice', {
      arms: [arm(advantageWeighting, [1]), arm(advantageWeighting, [2])],
    }],
    ['"advantage weighting" to be on one of door, got "dor"', {
      arms: [arm(advantageWeighting, [1], { on: ["dor"] })],
    }],
    [
      "budget.updates to be a positive integer, got 0",
      withBudget({ updates: 0 }),
    ],
    ["budget.iterations", withBudget({ iterations: 1.5 })],
    ["budget.learningRate to be positive", withBudget({ learningRate: NaN })],
    ["budget.evaluationSamples", withBudget({ evaluationSamples: undefined })],
    ["tuned.learningRate to be positive", withTuned({ learningRate: 0 })],
    ["tuned.updates to be a positive integer", withTuned({ updates: 1.5 })],
  ]);
});

Deno.test("a run refuses what is missing, misspelt or of another type, and lists what there is", async () => {
  await assertRefused(TypeError, [
    [
      'the experiment to have only name, scale, tasks, arms, seeds, budget, xla, got "betas"',
      { betas: [1] },
    ],
    ["the budget to have only", withBudget({ perContexts: 4 })],
    ['got "perContexts"', withBudget({ perContexts: 4 })],
    ["the budget to be an object, got undefined", { budget: undefined }],
    ["tasks to be a list of at least one, got none", { tasks: [] }],
    ["tasks to be a list of at least one, got [object Object]", { tasks: {} }],
    ["arms to be a list of at least one, got undefined", { arms: undefined }],
    ["an arm to be an object, got undefined", { arms: [undefined] }],
    ['an arm to have only method, grid, on, tuned, got "betas"', {
      arms: [{ method: advantageWeighting, betas: [1] }],
    }],
    ["a method with a name and terms, got raft", {
      arms: [{ method: raft, grid: [1] }],
    }],
    ['the grid of "advantage weighting" to be a list of beta, got 0.5', {
      arms: [{ method: advantageWeighting, grid: 0.5 }],
    }],
    ['tuned to have only learningRate, updates, got "epochs"', {
      arms: [{ method: advantageWeighting, grid: [1], tuned: { epochs: 2 } }],
    }],
    ["a task to have a name", { tasks: [undefined] }],
    ['task "door" to have', { tasks: [{ ...task, measure: undefined }] }],
    ["got no measure", { tasks: [{ ...task, measure: undefined }] }],
    ["got no reward", withReward(undefined)],
    ["got no reward", withReward("graded")],
    ["got no reward", withReward({ score: () => {} })],
  ]);
  await assertRejects(
    () => run(good as never, { frehs: true } as never),
    TypeError,
    'the options of run to have only onProgress, observers, fresh, onTrained, got "frehs"',
  );
});

Deno.test("a run refuses rewards that are not one finite number an answer", async () => {
  await assertRefused(TypeError, [
    [
      'the reward of "door" to be float32 of shape [1,8] for answers [1,8,2], got float32 []',
      withReward((x1: Tensor) => tf.sum(x1)),
    ],
    ["got float32 [1,8,2]", withReward((x1: Tensor) => tf.square(x1))],
    ["got undefined", withReward(() => undefined)],
    ["got number", withReward(() => 1)],
    ["got int32 [1,8]", withReward((x1: Tensor) => tf.argMax(x1, -1))],
    [
      "got float32 [8]",
      withReward({ name: "host", score: () => Promise.resolve(tf.ones([8])) }),
    ],
    [
      "got undefined",
      withReward({ name: "host", score: () => Promise.resolve() }),
    ],
  ]);
  const negative = (x1: Tensor) => tf.neg(tf.sum(tf.square(x1), -1));
  await assertRefused(RangeError, [
    [
      'the reward of "door" to be finite, got NaN',
      withReward((x1: Tensor) => tf.log(negative(x1))),
    ],
    [
      "got Infinity",
      withReward((x1: Tensor) => tf.div(1, tf.mul(0, negative(x1))).abs()),
    ],
    [
      "got NaN",
      withReward({
        name: "host",
        score: () => Promise.resolve(tf.fill([1, 8], NaN)),
      }),
    ],
  ]);
  await assertRefused(Error as never, [
    [
      'no such sample, in the reward of "door"',
      withReward(() => {
        throw new Error("no such sample");
      }),
    ],
    [
      "the judge sleeps",
      withReward({
        name: "host",
        score: () => Promise.reject(new Error("the judge sleeps")),
      }),
    ],
  ]);
});

Deno.test("a run refuses methods whose terms do not fit, by their name and the task's", async () => {
  await assertRefused(RangeError, [
    [
      'keep to be an integer from 1 to 4, got 9, in "RAFT, best 9" on "door"',
      withMethod(raft(flow, { keep: 9 })),
    ],
    ["got 0.5", withMethod(raft(flow, { keep: 0.5 }))],
    [
      'tau to be finite and not negative, got -1, in "ORW-CFM-W2, tau -1" on "door"',
      withMethod(orwCfmW2({ tau: -1 })),
    ],
  ]);
  const rows = (rewards: Tensor) => ({
    objective: () => tf.square(rewards),
    beta: tf.ones([1, 1, 1]),
  });
  await assertRefused(TypeError, [
    [
      'a value for each answer, [M, 2, K], or for each token, [M, 2, K, T], got [], in "own" on "door"',
      withTerms((beta: Tensor) => ({ beta, objective: () => tf.scalar(1) })),
    ],
    [
      "got [1,8]",
      withTerms((beta: Tensor, r: Tensor) => ({
        beta,
        objective: () => tf.reshape(r, [1, 8]),
      })),
    ],
    [
      "objective",
      withTerms((beta: Tensor, r: Tensor) => ({
        ...rows(r),
        beta,
        divergence: () => tf.scalar(1),
      })),
    ],
    [
      "beta to broadcast against [1,2,4], got [2,4]",
      withTerms((_: Tensor, r: Tensor) => ({
        ...rows(r),
        beta: tf.ones([2, 4]),
      })),
    ],
    [
      "beta to be a number or a float32 tensor, got number",
      withTerms((_: Tensor, r: Tensor) => ({ ...rows(r), beta: 1 })),
    ],
  ]);
  await assertRefused(
    TypeError,
    [[
      'startRewards, for the running baseline, got none, in "ADRPO-FM, running baseline" on "door"',
      withMethod(runningBaselineAdrpo(flow)),
    ]],
    { ...good, tasks: [{ ...task, startRewards: undefined }] },
  );
});

Deno.test("a run refuses measures that are not one value a member, by name", async () => {
  await assertRefused(TypeError, [
    [
      'measure of "door" to give "size" as a tensor of shape [2], one value a member, got [2,2]',
      withMeasure(() => ({ size: tf.ones([2, 2]) })),
    ],
    ["got []", withMeasure(() => ({ size: tf.scalar(1) }))],
    [
      '"size" as a tensor of shape [2], one value a member, got number',
      withMeasure(() => ({ size: 1 })),
    ],
    [
      "columns by name, such as { reward }, got a tensor",
      withMeasure(() => tf.ones([2])),
    ],
    ["got undefined", withMeasure(() => undefined)],
    ["got Promise", withMeasure(() => Promise.resolve({}))],
    ["got Array", withMeasure(() => [{ seed: 1 }])],
  ]);
});

Deno.test("language runs have the same door", async () => {
  const spoken = {
    name: "spoken",
    policy: tokenPolicy({
      model: smallGpt,
      reference: smallGpt.init(keys([0])),
      prompts: [[4, 5]],
      length: 3,
    }),
    reward: (answers: Tensor) => tf.mean(tf.cast(answers, "float32"), -1),
    measure: (params: Record<string, Tensor>) => ({
      size: tf.sum(params["output/kernel"], [1, 2]),
    }),
  };
  const base = { ...good, tasks: [spoken], arms: [arm(grpo(), [0.1])] };
  const of = (method: Method<TokenSignals>, grid: number[]) => ({
    arms: [arm(method, grid)],
  });
  await assertRefused(RangeError, [
    ['beta of "GRPO" to be finite and not negative, got -1', of(grpo(), [-1])],
    ["got NaN", of(grpo(), [NaN])],
    ["got none", of(grpo(), [])],
    [
      'target of "KL controller" to be finite and positive, got 0',
      of(klController(), [0]),
    ],
    ['beta of "DPO" to be finite and positive, got 0', of(dpo, [0])],
    [
      'perContext to be even for DPO, whose answers are compared in pairs, got 5, in "DPO" on "spoken"',
      { ...of(dpo, [1]), budget: { ...budget, perContext: 5 } },
    ],
    ["epsilon to be positive", of(grpo(tokens({ epsilon: 0 })), [0.1])],
    ["got NaN", {
      tasks: [{
        ...spoken,
        reward: (t: Tensor) => tf.fill(t.shape.slice(0, 2), NaN),
      }],
    }],
  ], base);
  await assertRefused(TypeError, [
    ["got float32 []", { tasks: [{ ...spoken, reward: () => tf.scalar(1) }] }],
    ["got undefined", { tasks: [{ ...spoken, reward: () => undefined }] }],
    // One answer has no others to be compared with.
    ['K at least 2, got [1,1,1], in "GRPO" on "spoken"', {
      budget: { ...budget, perContext: 1 },
    }],
  ], base);
});

Deno.test("options that nobody reads are refused where they are given", () => {
  const { gold, ...options } = { gold: 1, name: "own" };
  const refused: [string, () => unknown][] = [
    [
      'the options of raft to have only keep, centred, got "kept"',
      () => raft(flow, { kept: 8 } as never),
    ],
    [
      'the options of tokens to have only kl, advantages, epsilon, variant, got "klx"',
      () => tokens({ klx: 1 } as never),
    ],
    [
      'the options of orwCfmW2 to have only tau, centred, got "beta"',
      () => orwCfmW2({ tau: 1, beta: 1 } as never),
    ],
    [
      'the options of adrpo to have only clip, name, look, got "clipped"',
      () => adrpo(flow, { clipped: 1 } as never),
    ],
    [
      'the options of fixedBeta to have only name, look, got "gold"',
      () => fixedBeta(flow, { ...options, gold } as never),
    ],
    [
      'the options of ablation to have only signal, beta, look, got "gold"',
      () => ablation(flow, "own", { beta: (A: Tensor) => A, gold } as never),
    ],
    [
      'the options of arm to have only on, tuned, got "only"',
      () => arm(advantageWeighting, [1], { only: ["a"] } as never),
    ],
    [
      'the options of flowPolicy to have only sampleSteps, got "steps"',
      () => flowPolicy({ model, reference }, { steps: 1 } as never),
    ],
    [
      "the options of tokenPolicy to have only",
      () => tokenPolicy({ model, reference, promts: [] } as never),
    ],
    [
      'the options of mixtureTask to have only name, title, honest, heldOut, got "gold"',
      () => mixtureTask((x1) => x1, {}, { ...options, gold } as never),
    ],
    [
      'the options of sumTask to have only name, title, start, sums, heldOut, got "gold"',
      () => sumTask((x1) => x1, {}, { ...options, gold } as never),
    ],
    [
      "the options of raft to be an object, got undefined",
      () => (raft as (...args: unknown[]) => unknown)(flow),
    ],
    [
      'reward to be a function of samples and contexts, such as mixtureRewards.graded, got "graded"',
      () => mixtureTask("graded" as never, {}, options),
    ],
    [
      "reward to be a function of completions and contexts, got undefined",
      () => sumTask(undefined as never, {}, options),
    ],
  ];
  const before = tf.memory().numTensors;
  for (const [message, make] of refused) {
    assertThrows(make, TypeError, message);
  }
  assertThrows(() => clippedAdrpo(flow, -1), RangeError, "k to be positive");
  assertEquals(tf.memory().numTensors, before);
});
