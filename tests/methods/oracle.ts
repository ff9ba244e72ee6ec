// One online iteration, slow and readable: one member at a time, in JavaScript
// numbers, straight from the papers. It shares with lib only models, random keys and
// the reward. A loss is a function of numbers; its slopes in the model's outputs are
// taken by central differences, and TensorFlow carries them back through the model.
import { type Params } from "../../lib/models/params.ts";
import { type TokenModel } from "../../lib/models/token_model.ts";
import { type VelocityModel } from "../../lib/models/velocity_model.ts";
import { type Reward } from "../../lib/rewards/reward.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { foldIn, keys, normal, uniform } from "../../lib/tf/random.ts";

/** What a loss sees of an answer of a flow: each `[D]`. */
export interface FlowAnswer {
  vt: number[];
  ut: number[];
  vRef: number[];
  /** Under the policy that drew the answer. */
  vOld: number[];
}

/** What a loss sees of a completion: rows of tokens, logits `[T][V]`. */
export interface TokenAnswer {
  tokens: number[];
  /** How many tokens count. */
  counted: number;
  logits: number[][];
  logitsRef: number[][];
  logpOld: number[];
}

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

const numbers = (tensor: Tensor): Promise<number[]> =>
  tensor.data().then((values) => Array.from(values));

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function rowsOf(values: readonly number[], width: number): number[][] {
  return Array.from(
    { length: values.length / width },
    (_, i) => values.slice(i * width, (i + 1) * width),
  );
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
      loss(byPrompt(answers(values), perContext));
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

function byPrompt<Answer>(answers: Answer[], perContext: number): Answer[][] {
  return Array.from(
    { length: answers.length / perContext },
    (_, c) => answers.slice(c * perContext, (c + 1) * perContext),
  );
}

/** A flow: Euler steps from noise; an update compares velocities on the path. */
export function flowOracle(
  { model, reference, sampleSteps }: {
    model: VelocityModel;
    reference: Params;
    sampleSteps: number;
  },
): PolicyOracle<FlowAnswer> {
  const { contexts, dim } = model;
  return {
    contexts,
    reference,
    draw(params, { seed, iteration, perContext, anchor = reference }) {
      const count = contexts * perContext;
      const c = tf.tensor1d(
        Array.from({ length: count }, (_, i) => Math.floor(i / perContext)),
        "int32",
      );
      const key = foldIn(keys([seed]), iteration);
      let x = normal(foldIn(key, 0), [count, dim]);
      for (let step = 0; step < sampleSteps; step++) {
        const v = model.velocity(params, x, tf.scalar(step / sampleSteps), c);
        x = tf.add(x, tf.div(v, sampleSteps));
      }
      const x1 = rowsOf([...x.dataSync()], dim);
      return {
        answers: x1,
        dtype: "float32",
        update(number) {
          const fresh = foldIn(key, 1 + number);
          const t = [...uniform(foldIn(fresh, 0), [count]).dataSync()];
          const noise = normal(foldIn(fresh, 1), [count, dim]).dataSync();
          const x0 = rowsOf([...noise], dim);
          // On the straight path xt = (1 - t) x0 + t x1, whose velocity is x1 - x0.
          const xt = x1.map((row, i) =>
            row.map((end, d) => (1 - t[i]) * x0[i][d] + t[i] * end)
          );
          const ut = x1.map((row, i) => row.map((end, d) => end - x0[i][d]));
          const velocity = (params: Params) =>
            model.velocity(params, tf.tensor3d([xt]), tf.tensor2d([t]), c);
          const vRef = rowsOf([...velocity(anchor).dataSync()], dim);
          const vOld = rowsOf([...velocity(params).dataSync()], dim);
          return {
            outputs: velocity,
            answers: (values) =>
              rowsOf(values, dim).map((vt, i) => ({
                vt,
                ut: ut[i],
                vRef: vRef[i],
                vOld: vOld[i],
              })),
          };
        },
      };
    },
  };
}

export const logSoftmax = (logits: readonly number[]): number[] => {
  const total = logits.reduce((sum, x) => sum + Math.exp(x), 0);
  return logits.map((x) => x - Math.log(total));
};

/** A language model: token by token, the whole sequence read again for each. */
export function tokenOracle(
  { model, reference, prompts, length, stop }: {
    model: TokenModel;
    reference: Params;
    prompts: number[][];
    length: number;
    stop?: number;
  },
): PolicyOracle<TokenAnswer> {
  const V = model.vocabulary;
  return {
    contexts: prompts.length,
    reference,
    draw(params, { seed, iteration, perContext, anchor = reference }) {
      const asked = prompts.flatMap((prompt) =>
        Array.from({ length: perContext }, () => prompt)
      );
      const count = asked.length;
      const key = foldIn(keys([seed]), iteration);
      const noise = uniform(key, [length, count, V]).dataSync();
      /** Logits of each token of completions, `[N][T][V]`. */
      const read = (params: Params, written: number[][]) => {
        const rows = asked.map((prompt, n) => [...prompt, ...written[n]]);
        return model.logits(params, tf.tensor3d([rows], undefined, "int32"));
      };
      const tokens: number[][] = asked.map(() => []);
      for (let place = 0; place < length; place++) {
        const all = read(params, tokens).dataSync();
        const width = asked[0].length + place;
        tokens.forEach((row, n) => {
          if (row.includes(stop!)) return row.push(stop!);
          const scores = Array.from({ length: V }, (_, token) => {
            const u = noise[(place * count + n) * V + token];
            return all[(n * width + width - 1) * V + token] -
              Math.log(-Math.log(Math.max(u, 2 ** -26)));
          });
          return row.push(scores.indexOf(Math.max(...scores)));
        });
      }
      const outputs = (params: Params) => {
        const given = tokens.map((row) => row.slice(0, -1));
        const all = read(params, given); // the last token is never read
        return tf.slice(all, [0, 0, asked[0].length - 1, 0]);
      };
      const parted = (values: number[]) =>
        rowsOf(values, length * V).map((row) => rowsOf(row, V));
      const logp = (logits: number[][][]) =>
        logits.map((rows, n) =>
          rows.map((row, place) => logSoftmax(row)[tokens[n][place]])
        );
      const counted = tokens.map((row) =>
        row.includes(stop!) ? row.indexOf(stop!) + 1 : length
      );
      const logitsRef = parted([...outputs(anchor).dataSync()]);
      const logpRef = logp(logitsRef);
      const logpOld = logp(parted([...outputs(params).dataSync()]));
      return {
        answers: tokens,
        dtype: "int32",
        divergence: tokens.map((_, n) =>
          logpOld[n].slice(0, counted[n]).reduce(
            (sum, old, place) => sum + old - logpRef[n][place],
            0,
          )
        ),
        update: () => ({
          outputs,
          answers: (values) =>
            parted(values).map((logits, n) => ({
              tokens: tokens[n],
              counted: counted[n],
              logits,
              logitsRef: logitsRef[n],
              logpOld: logpOld[n],
            })),
        }),
      };
    },
  };
}

// Losses of the papers.

type Weights = number[][];
export const each = (
  rewards: number[][],
  map: (group: number[]) => number[],
): number[][] => rewards.map(map);

/** A = r - mean r. */
export const centred = (group: number[]) =>
  group.map((reward) => reward - mean(group));

/** GRPO's: (r - mean r) / (std r + 1e-4), std with K - 1. */
export function standardised(group: number[]): number[] {
  const from = centred(group);
  const squares = from.reduce((sum, x) => sum + x * x, 0);
  const std = Math.sqrt(squares / (group.length - 1));
  return from.map((x) => x / (std + 1e-4));
}

/** A reward less the mean of the others. */
export const lessOthers = (group: number[]) =>
  group.map((reward, k) => reward - mean(group.filter((_, j) => j !== k)));

/** K / keep for the best, the earlier of equals; 0 for the others. */
export const best = (keep: number) => (group: number[]) => {
  const order = group.map((_, k) => k).sort((a, b) =>
    group[b] - group[a] || a - b
  );
  return group.map((_, k) => order.indexOf(k) < keep ? group.length / keep : 0);
};

/** exp(tau r). */
export const tilted = (tau: number) => (group: number[]) =>
  group.map((reward) => Math.exp(tau * reward));

export const distance = (a: number[], b: number[]) =>
  mean(a.map((x, d) => (x - b[d]) ** 2));

/** The flow of `weight |vt - ut|^2 + beta |vt - vRef|^2`, averaged over answers. */
export function flowLoss(weight: Weights, beta: Weights) {
  return (answers: FlowAnswer[][]): number =>
    mean(
      answers.flatMap((group, c) =>
        group.map(({ vt, ut, vRef }, k) =>
          weight[c][k] * distance(vt, ut) + beta[c][k] * distance(vt, vRef)
        )
      ),
    );
}

export const logps = ({ tokens, logits }: TokenAnswer) =>
  logits.map((row, t) => logSoftmax(row)[tokens[t]]);
export const logpsRef = ({ tokens, logitsRef }: TokenAnswer) =>
  logitsRef.map((row, t) => logSoftmax(row)[tokens[t]]);

/** Divergences of a token at place t of an answer. */
export const divergences = {
  k1: (answer: TokenAnswer, t: number) =>
    logps(answer)[t] - logpsRef(answer)[t],
  k2: (answer: TokenAnswer, t: number) =>
    (logps(answer)[t] - logpsRef(answer)[t]) ** 2 / 2,
  k3(answer: TokenAnswer, t: number) {
    const ratio = Math.exp(logpsRef(answer)[t] - logps(answer)[t]);
    return ratio - Math.log(ratio) - 1;
  },
  exact({ logits, logitsRef }: TokenAnswer, t: number) {
    const [logp, logpRef] = [logSoftmax(logits[t]), logSoftmax(logitsRef[t])];
    return logp.reduce((sum, x, i) => sum + Math.exp(x) * (x - logpRef[i]), 0);
  },
  /** Half the square of the whole completion's log-ratio, in equal parts. */
  sequence(answer: TokenAnswer) {
    const [logp, logpRef] = [logps(answer), logpsRef(answer)];
    let whole = 0;
    for (let t = 0; t < answer.counted; t++) whole += logp[t] - logpRef[t];
    return whole ** 2 / 2 / answer.counted;
  },
  /** Minus the entropy of the next token. */
  order({ logits }: TokenAnswer, t: number) {
    return logSoftmax(logits[t]).reduce((sum, x) => sum + Math.exp(x) * x, 0);
  },
};

/** The clipped surrogate of a token, the loss to be made small. */
export const surrogate =
  (advantages: Weights) =>
  (answer: TokenAnswer, t: number, [c, k]: [number, number]): number => {
    const ratio = Math.exp(logps(answer)[t] - answer.logpOld[t]);
    const clipped = Math.min(Math.max(ratio, 0.8), 1.2);
    const A = advantages[c][k];
    return -Math.min(ratio * A, clipped * A);
  };

/** The likelihood of weighted answers, as a loss of a token. */
export const likelihood =
  (weight: Weights) =>
  (answer: TokenAnswer, t: number, [c, k]: [number, number]): number =>
    -weight[c][k] * logps(answer)[t];

/** `objective + beta divergence`, averaged over all tokens that count. */
export function tokenLoss(
  objective: ReturnType<typeof surrogate>,
  beta: Weights,
  divergence: (answer: TokenAnswer, t: number) => number,
) {
  return (answers: TokenAnswer[][]): number =>
    mean(
      answers.flatMap((group, c) =>
        group.flatMap((answer, k) =>
          Array.from({ length: answer.counted }, (_, t) =>
            objective(answer, t, [c, k]) + beta[c][k] * divergence(answer, t))
        )
      ),
    );
}

/** DPO on answers i and i + K/2; equal rewards do not count, but in the mean. */
export function dpoLoss(rewards: number[][], beta: number) {
  const whole = (answer: TokenAnswer) => {
    const [logp, logpRef] = [logps(answer), logpsRef(answer)];
    let ratio = 0;
    for (let t = 0; t < answer.counted; t++) ratio += logp[t] - logpRef[t];
    return ratio;
  };
  return (answers: TokenAnswer[][]): number =>
    mean(answers.flatMap((group, c) => {
      const half = group.length / 2;
      return Array.from({ length: half }, (_, i) => {
        const [first, second] = [rewards[c][i], rewards[c][i + half]];
        if (first === second) return 0;
        const sign = first > second ? 1 : -1;
        const margin = sign * (whole(group[i]) - whole(group[i + half]));
        return -Math.log(1 / (1 + Math.exp(-beta * margin)));
      });
    }));
}

/** The same coefficient for each answer. */
export const uniformly = (rewards: number[][], value: number): Weights =>
  map(rewards, () => value);

/** Applies a formula to each advantage. */
export const map = (
  weights: Weights,
  formula: (value: number) => number,
): Weights => weights.map((group) => group.map(formula));
