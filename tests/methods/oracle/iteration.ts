// One online iteration, slow and readable: one member at a time, in JavaScript
// numbers, straight from the papers. It shares with lib only models, random keys and
// the reward. A loss is a function of numbers; its slopes in the model's outputs are
// taken by central differences, and TensorFlow carries them back through the model.
import { type Params } from "../../../lib/models/params.ts";
import { type Reward } from "../../../lib/rewards/reward.ts";
import { type Tensor, tf } from "../../../lib/tf/backend.ts";
import { mean, numbers, rowsOf } from "./numbers.ts";

/** One member's answers, and what is known of them. */
interface Drawn<Answer> {
  /** The answers as the reward sees them, `[1, N, ...]`; numbers by answer. */
  answers: number[][];
  dtype: "float32" | "int32";
  /** log p - log pRef of each answer, if the policy tells. */
  divergence?: number[];
  /** Outputs of the model at an update, and the gradient that slopes of them give. */
  update(number: number): {
    outputs(params: Params): Tensor;
    answers(outputs: number[]): Answer[];
  };
}

export interface PolicyOracle<Answer> {
  contexts: number;
  reference: Params;
  draw(
    params: Params,
    at: {
      seed: number;
      iteration: number;
      perContext: number;
      /** What it is compared with; the reference when left out. */
      anchor?: Params;
    },
  ): Drawn<Answer>;
}

/** A method, by its paper. `rewards` are `[C][K]`. */
export interface MethodOracle<Answer> {
  offPolicy?: boolean;
  /** Where the anchor moves, from numbers of its own and of the policy. */
  anchor?(at: {
    anchor: number[];
    params: number[];
    /** How many iterations are over. */
    iteration: number;
  }): number[];
  start?(coefficient: number, startRewards: number[]): number[];
  terms(at: {
    coefficient: number;
    rewards: number[][];
    memory: number[];
    /** The answers as the reward sees them, `[N][...]`. */
    answers: number[][];
  }): {
    /** The coefficient of each answer, `[C][K]`. */
    beta: number[][];
    /** The loss of a member, over all that counts. */
    loss(answers: Answer[][]): number;
  };
  remember?(told: {
    coefficient: number;
    rewards: number[][];
    divergence: number[];
    memory: number[];
  }): number[];
}

/** What a method keeps from one iteration to the next. */
export type Remembering = Pick<MethodOracle<unknown>, "start" | "remember">;

export interface Budget {
  perContext: number;
  updates: number;
  learningRate: number;
  clipNorm: number;
  divergedAbove: number;
}

export interface MemberState {
  params: number[];
  m: number[];
  v: number[];
  step: number;
  memory: number[];
  /** Parameters of the anchor; none without one. */
  anchor: number[];
  alive: number;
}

/** The numbers of parameters of one member, one after the other, as tensors. */
function paramsOf(flat: readonly number[], like: Params): Params {
  let from = 0;
  return Object.fromEntries(
    Object.entries(like).map(([name, { shape, size }]) => {
      const values = flat.slice(from, from += size);
      return [name, tf.tensor(values, shape, "float32")];
    }),
  );
}

/** An iteration of one member. */
export async function iterate<Answer>(
  policy: PolicyOracle<Answer>,
  method: MethodOracle<Answer>,
  before: MemberState,
  { seed, iteration, coefficient, reward, budget }: {
    seed: number;
    iteration: number;
    coefficient: number;
    reward: Reward;
    budget: Budget;
  },
): Promise<{
  state: MemberState;
  answers: number[][];
  logs: Record<string, number>;
}> {
  const { contexts, reference } = policy;
  const { perContext, updates, learningRate, clipNorm } = budget;
  const writer = method.offPolicy
    ? reference
    : paramsOf(before.params, reference);
  const anchor = method.anchor && paramsOf(before.anchor, reference);
  const drawn = policy.draw(writer, { seed, iteration, perContext, anchor });
  const count = contexts * perContext;
  const c = Array.from({ length: count }, (_, i) => Math.floor(i / perContext));
  const flatRewards = await numbers(reward(
    tf.tensor(
      drawn.answers.flat(),
      [1, count, drawn.answers[0].length],
      drawn.dtype,
    ),
    tf.tensor1d(c, "int32"),
  ));
  const rewards = rowsOf(flatRewards, perContext);
  const { beta, loss } = method.terms({
    coefficient,
    rewards,
    memory: before.memory,
    answers: drawn.answers,
  });

  const state = structuredClone(before);
  let lastLoss = 0;
  let lastNorm = 0;
  for (let update = 0; update < updates; update++) {
    const { outputs, answers } = drawn.update(update);
    const lossOf = (values: number[]) =>
      loss(rowsOf(answers(values), perContext));
    const params = paramsOf(state.params, reference);
    const values = await numbers(outputs(params));
    const slopes = values.map((value, i) => {
      const h = 1e-4;
      return (lossOf(values.with(i, value + h)) -
        lossOf(values.with(i, value - h))) / (2 * h);
    });
    const names = Object.keys(params);
    const toOutputs = (...tensors: Tensor[]) =>
      outputs(Object.fromEntries(names.map((name, i) => [name, tensors[i]])));
    const dy = tf.tensor(slopes, outputs(params).shape, "float32");
    const grads = tf.grads(toOutputs as never)(Object.values(params), dy);
    const g = (await Promise.all(grads.map(numbers))).flat();

    lastLoss = lossOf(values);
    lastNorm = Math.sqrt(g.reduce((sum, x) => sum + x * x, 0));
    const fine = Math.abs(lastLoss) <= budget.divergedAbove &&
      Math.abs(lastNorm) <= budget.divergedAbove;
    if (!fine) state.alive = 0;
    if (!state.alive) continue;
    const n = ++state.step;
    const clip = Math.min(1, clipNorm / lastNorm);
    g.forEach((raw, i) => {
      const x = clip * raw;
      state.m[i] = 0.9 * state.m[i] + 0.1 * x;
      state.v[i] = 0.999 * state.v[i] + 0.001 * x * x;
      const mHat = state.m[i] / (1 - 0.9 ** n);
      const vHat = state.v[i] / (1 - 0.999 ** n);
      state.params[i] -= learningRate * mHat / (Math.sqrt(vHat) + 1e-8);
    });
  }
  const divergence = drawn.divergence;
  if (method.remember && state.alive) {
    state.memory = method.remember({
      coefficient,
      rewards,
      divergence: divergence ?? [],
      memory: before.memory,
    });
  }
  if (method.anchor && state.alive) {
    state.anchor = method.anchor({
      anchor: before.anchor,
      params: state.params,
      iteration: iteration + 1,
    });
  }
  const betas = beta.flat();
  return {
    state,
    answers: drawn.answers,
    logs: {
      reward: mean(flatRewards),
      betaMean: mean(betas),
      betaNegative: betas.filter((value) => value < 0).length / betas.length,
      ...divergence && {
        kl: mean(divergence),
        covariance: mean(
          divergence.map((far, i) =>
            (flatRewards[i] - mean(rewards[Math.floor(i / perContext)])) * far
          ),
        ),
      },
      loss: lastLoss,
      gradNorm: lastNorm,
      gradAgreement: agreement(before.m, state.m, budget.updates),
      alive: state.alive,
    },
  };
}

/** The cosine of what some updates add to Adam's mean with what was there. */
function agreement(m: number[], next: number[], updates: number): number {
  const g = next.map((x, i) => x - 0.9 ** updates * m[i]);
  const inner = (a: number[], b: number[]) =>
    a.reduce((sum, x, i) => sum + x * b[i], 0);
  const lengths = Math.sqrt(inner(g, g) * inner(m, m));
  return lengths === 0 ? 0 : inner(g, m) / lengths;
}
