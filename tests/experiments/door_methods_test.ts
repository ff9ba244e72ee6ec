import {
  arm,
  dpo,
  flow,
  grpo,
  klController,
  type Method,
  orwCfmW2,
  raft,
  runningBaselineAdrpo,
  tokens,
} from "../../lib/methods/mod.ts";
import { tokenPolicy, type TokenSignals } from "../../lib/policies/tokens.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import { smallGpt } from "../models/small_gpt.ts";
import {
  assertRefused,
  good,
  task,
  withMethod,
  withReward,
  withTerms,
} from "./refused_experiments.ts";
import { budget } from "./small_task.ts";

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
