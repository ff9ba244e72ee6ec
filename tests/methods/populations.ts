// Every method of the kit on a small flow or a small language model, and how the tests
// of the loop run it: small populations, a few iterations.
import {
  adrpo,
  adrpoControls,
  advantageWeighting,
  anchored,
  average,
  awm,
  clipCov,
  clippedAdrpo,
  coveringTokens,
  diffusionNft,
  doseResponse,
  dpo,
  drawingPolicy,
  entropyBonus,
  exactTokens,
  flow,
  gardo,
  grpo,
  initOnline,
  klController,
  klCov,
  linearWeighting,
  mara,
  maxRl,
  type Method,
  nonNegativeAdrpo,
  type Online,
  onlineStep,
  orwCfmW2,
  passAtKTraining,
  promptKlTargets,
  quantileBaselineAdrpo,
  raft,
  resetEvery,
  runningBaselineAdrpo,
  selfTraining,
  startBaselineAdrpo,
  tokens,
  trajectoryBalance,
} from "../../lib/methods/mod.ts";
import { klK2 } from "../../lib/losses/divergences.ts";
import { mlpVelocity } from "../../lib/models/mlp_velocity.ts";
import { flowPolicy } from "../../lib/policies/flow.ts";
import { type Policy } from "../../lib/policies/policy.ts";
import { tokenPolicy } from "../../lib/policies/tokens.ts";
import { type Reward } from "../../lib/rewards/reward.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import { type State } from "../../lib/train/state.ts";
import { smallGpt } from "../models/small_gpt.ts";

const velocity = mlpVelocity({ dim: 2, contexts: 2, width: 6, depth: 2 });
const flows = flowPolicy(
  { model: velocity, reference: velocity.init(keys([0])) },
  { sampleSteps: 3 },
);
export const near: Reward = (x1) =>
  tf.exp(tf.neg(tf.sum(tf.square(tf.sub(x1, 1)), -1)));

const spoken = tokenPolicy({
  model: smallGpt,
  reference: smallGpt.init(keys([1])),
  start: smallGpt.init(keys([2])),
  prompts: [[4, 5], [5, 1]],
  length: 3,
});
const sum: Reward = (answers) => tf.sum(tf.cast(answers, "float32"), -1);

/** Contexts that these rewards do not look at. */
const c0 = tf.zeros([1], "int32") as Tensor;

const budget = {
  perContext: 4,
  updates: 2,
  learningRate: 0.01,
  clipNorm: 1,
  divergedAbove: 1e6,
};

/** A policy, its reward and methods, whatever their signals. */
type Case = [Policy<unknown>, Reward, Method<unknown>[]];
export const cases = [
  [flows, near, [
    adrpo(flow),
    clippedAdrpo(flow),
    clippedAdrpo(flow, 0.5),
    nonNegativeAdrpo(flow),
    runningBaselineAdrpo(flow),
    ...adrpoControls(flow),
    advantageWeighting,
    orwCfmW2({ tau: 1 }),
    orwCfmW2({ tau: 4 }),
    raft(flow, { keep: 1 }),
    raft(flow, { keep: 2 }),
    raft(flow, { keep: 1, centred: true }),
    orwCfmW2({ tau: 1, centred: true }),
    selfTraining(flow),
    linearWeighting,
    awm(),
    diffusionNft(),
    anchored(adrpo(flow), drawingPolicy),
    anchored(adrpo(flow), resetEvery(2)),
    anchored(adrpo(flow), average(0.9)),
    quantileBaselineAdrpo(flow, 0.9),
    startBaselineAdrpo(flow),
    gardo(flow, { judge: (x1) => tf.neg(near(x1, c0)), share: 1 }),
    // At -1 it is ADRPO, at 0 advantage weighting, at 1 a control of the list above.
    ...doseResponse(flow).filter((_, i) => ![0, 3, 6].includes(i)),
  ]],
  [spoken, sum, [
    grpo(),
    grpo(exactTokens),
    adrpo(tokens()),
    adrpo(exactTokens),
    clippedAdrpo(tokens()),
    nonNegativeAdrpo(tokens()),
    runningBaselineAdrpo(tokens()),
    klController(),
    entropyBonus,
    raft(tokens(), { keep: 2 }),
    dpo,
    selfTraining(tokens()),
    raft(tokens(), { keep: 2, centred: true }),
    anchored(grpo(), drawingPolicy),
    anchored(grpo(), average(0.9)),
    ...[tokens({ kl: klK2, variant: "k2" }), tokens(), exactTokens].flatMap(
      (family) => doseResponse(family).filter((_, i) => ![0, 3, 6].includes(i)),
    ),
    klCov({ share: 0.3 }),
    clipCov({ low: 0.01, high: 2 }),
    mara({ threshold: 4 }),
    trajectoryBalance,
    passAtKTraining({ k: 2, right: 5 }),
    maxRl(),
    ...coveringTokens.map(grpo),
    quantileBaselineAdrpo(tokens(), 0.9),
    startBaselineAdrpo(tokens()),
    promptKlTargets(tokens(), { horizon: 2 }),
    gardo(tokens(), { judge: (answers) => tf.neg(sum(answers, c0)), share: 1 }),
  ]],
] as unknown as Case[];

/** Runs iterations from the start; the caller disposes what is left. */
export function advance(
  online: Online<unknown>,
  reward: Reward,
  count: number,
): { state: State; logs: Record<string, Tensor> } {
  return tf.tidy(() => {
    const step = onlineStep(online, reward);
    let state = initOnline(online, tf.tensor1d([0.3, 0.6]));
    let logs: Record<string, Tensor> = {};
    for (let i = 0; i < count; i++) {
      ({ state, logs } = step(state, tf.scalar(i, "int32")));
    }
    return { state, logs };
  });
}

export function onlineOf(
  policy: Policy<unknown>,
  method: Method<unknown>,
  { grid = [0.3], seeds = [3, 4] } = {},
): Online<unknown> {
  const values = grid.flatMap((value) => seeds.map(() => value));
  const coefficient = tf.tensor(values, [values.length, 1, 1]);
  return { policy, method, coefficient, seeds, budget };
}

export async function valuesOf(tensors: Record<string, Tensor>) {
  const entries = Object.entries(tensors).map(async ([name, tensor]) =>
    [name, Array.from(await tensor.data())] as const
  );
  return Object.fromEntries(await Promise.all(entries));
}
