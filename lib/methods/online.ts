import { loop } from "../compile/mod.ts";
import { contextIds } from "../data/context_ids.ts";
import { type Params } from "../models/params.ts";
import {
  type Compared,
  type Policy,
  type Sample,
  type Tensors,
} from "../policies/policy.ts";
import { type Reward } from "../rewards/reward.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { foldIn, keys } from "../tf/random.ts";
import { adamUpdate, initAdam } from "../train/adam.ts";
import { freezeDiverged } from "../train/freeze.ts";
import { joinState, type State, stateGroup } from "../train/state.ts";
import { valueAndGrads } from "../train/value_and_grads.ts";
import { lossOf, type Method } from "./method.ts";

/** What an online iteration takes, the same for every method that is compared. */
export interface OnlineBudget {
  /** Answers to each prompt in an iteration, K. */
  perContext: number;
  /** Gradient steps on the answers of an iteration. */
  updates: number;
  /** Adam's learning rate. */
  learningRate: number;
  /** Largest global norm of a member's gradient. */
  clipNorm: number;
  /** A member whose loss or gradient norm passes this is marked diverged and frozen. */
  divergedAbove: number;
}

/** All that an online iteration is made of. */
export interface Online<Signals> {
  /** What is fine-tuned. */
  policy: Policy<Signals>;
  /** How. */
  method: Method<Signals>;
  /** Each member's coefficient, `[M, 1, 1]`, by setting, then by seed. */
  coefficient: Tensor;
  /** The seeds of each setting. */
  seeds: readonly number[];
  /** What an iteration takes. */
  budget: OnlineBudget;
}

/**
 * The state that a population starts with: its parameters, Adam's memory, what the
 * method remembers, the anchor if the method has one, and alive.
 *
 * @param online The policy, the method and the coefficients.
 * @param startRewards The expected reward of each prompt at the start, `[C]`, for
 * methods that ask for it.
 * @returns A fresh state, which its taker (`train`) disposes.
 */
export function initOnline<Signals>(
  { policy, method, coefficient }: Online<Signals>,
  startRewards?: Tensor,
): State {
  return tf.tidy(() => {
    const members = coefficient.shape[0];
    const params = policy.init(members);
    return joinState({
      params,
      adam: initAdam(params),
      memory: method.start?.(coefficient, startRewards, policy.contexts) ??
        {},
      reference: method.anchor ? policy.init(members) : {},
      alive: tf.ones([members], "int32"),
    });
  });
}

/**
 * One iteration of online fine-tuning, for every policy and every method:
 *
 * 1. draw K answers to each prompt from the *current* policy (or from the reference,
 *    for a method that learns off policy);
 * 2. reward them;
 * 3. `updates` times, take a step of Adam on the method's loss,
 *    `objective + beta * divergence`, averaged over all that counts.
 *
 * Tensors end to end: every draw comes from a seed and the iteration. Members of
 * different settings and one seed share their draws. The losses of members are
 * independent; a diverged member is frozen.
 *
 * Sources: Shao et al. (2024, arXiv 2402.03300), algorithm 1; Fan et al. (2025, arXiv
 * 2502.06061), the online loop.
 *
 * @param online What it is made of.
 * @param reward The reward of the answers, `(answers, c) => [M, N]`.
 * @returns The step for `train`. It logs, each `[M]`: the mean `reward` of the
 * answers; `betaMean`, the mean of the method's coefficient, and `betaNegative`, the
 * share of samples where it is negative; the `loss` and the gradient's norm
 * `gradNorm` of the last update; whether the member is `alive`; and, if the policy
 * knows how far its answers are from the reference, `kl`, the mean of that, and
 * `covariance`, the mean within prompts of (r - mean r) times it.
 *
 * @example
 * ```ts
 * import {
 *   adrpo,
 *   flow,
 *   flowPolicy,
 *   initOnline,
 *   keys,
 *   mlpVelocity,
 *   onlineStep,
 *   type Tensor,
 *   tf,
 *   train,
 * } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const model = mlpVelocity({ dim: 2, contexts: 1, width: 8, depth: 2 });
 * const reference = model.init(keys([0]));
 * const online = {
 *   policy: flowPolicy({ model, reference }, { sampleSteps: 4 }),
 *   method: adrpo(flow),
 *   coefficient: tf.fill([3, 1, 1], 0.5), // one setting of three seeds
 *   seeds: [0, 1, 2],
 *   budget: {
 *     perContext: 8,
 *     updates: 2,
 *     learningRate: 1e-2,
 *     clipNorm: 1,
 *     divergedAbove: 1e6,
 *   },
 * };
 * const nearOrigin = (x1: Tensor) => tf.exp(tf.neg(tf.sum(tf.square(x1), -1)));
 * const { state, logs } = await train({
 *   state: initOnline(online),
 *   step: onlineStep(online, nearOrigin),
 *   iterations: 2,
 *   logEvery: 2,
 * });
 * assertEquals(logs.map(({ member }) => member), [0, 1, 2]);
 * tf.dispose([state, online.coefficient, reference]);
 * ```
 */
export function onlineStep<Signals>(
  online: Online<Signals>,
  reward: Reward,
): (state: State, iteration: Tensor) => {
  state: State;
  logs: Record<string, Tensor>;
} {
  return (state, iteration) => {
    const sample = drawAnswers(online, writersOf(state), iteration);
    const c = contextIds(online.policy.contexts, online.budget.perContext);
    const rewards = reward(sample.answers, c); // [M, N]
    return learn(online, state, { iteration, sample, rewards });
  };
}

/** Parameters of M members that answers depend on. */
export type Writers = {
  /** The policy's. */
  params: Params;
  /** Those of a method's anchor. */
  reference?: Params;
};

/** Takes the parameters that answers depend on out of a state. */
export function writersOf(state: State): Writers {
  const reference = groupOf(state, "reference");
  return { params: stateGroup(state, "params"), ...reference && { reference } };
}

/**
 * The first part of an iteration: draws K answers to each prompt.
 *
 * @param online What the iteration is made of.
 * @param writers The parameters that they depend on.
 * @param iteration How many iterations came before, int32 `[]`.
 * @returns The answers, and all of them that no update changes.
 */
export function drawAnswers<Signals>(
  { policy, method, seeds, budget }: Online<Signals>,
  { params, reference }: Writers,
  iteration: Tensor,
): Sample {
  const [{ shape: [members] }] = Object.values(params);
  const writer = method.offPolicy
    ? reference ?? policy.reference(members)
    : params;
  return policy.draw(writer, {
    keys: foldIn(keys(seeds), iteration),
    perContext: budget.perContext,
    reference,
  });
}

/** The other policies that an update of a method compares with. */
export function comparedBy<Signals>(
  { comparesOld }: Method<Signals>,
  { params, reference }: Writers,
): Compared {
  return {
    ...reference && { reference },
    ...comparesOld && { old: params },
  };
}

/**
 * The second part of an iteration: learns from answers and their rewards.
 *
 * @param online What the iteration is made of.
 * @param before The state before it.
 * @param drawn Its number, int32 `[]`, the answers and their rewards, `[M, N]`.
 * @returns The next state, and the logs of {@linkcode onlineStep}.
 */
export function learn<Signals>(
  { policy, method, coefficient, seeds, budget }: Online<Signals>,
  before: State,
  { iteration, sample, rewards: flat }: {
    iteration: Tensor;
    sample: Sample;
    rewards: Tensor;
  },
): { state: State; logs: Record<string, Tensor> } {
  const { perContext, updates, learningRate, clipNorm } = budget;
  const limit = budget.divergedAbove;
  const members = coefficient.shape[0];
  const byPrompt = [members, policy.contexts, perContext];
  const rewards = tf.reshape(flat, byPrompt);
  const memory = groupOf(before, "memory") ?? {};
  const terms = method.terms(coefficient, rewards, memory, sample);
  assertOwnBeta(method.name, terms.beta, members);
  const iterationKeys = foldIn(keys(seeds), iteration);
  const writers = writersOf(before);
  const compared = comparedBy(method, writers);

  const unknown = tf.zeros([members]) as Tensor;
  const start = { state: before, loss: unknown, gradNorm: unknown };
  const { state, loss, gradNorm } = loop(
    updates,
    start,
    ({ state }, update) => {
      const purpose = tf.add(update, tf.scalar(1, "int32"));
      const updateKeys = foldIn(iterationKeys, purpose);
      const anchor = policy.anchor?.(sample, updateKeys, compared) ?? {};
      const params = stateGroup(state, "params");
      const { losses, grads } = valueAndGrads(params, (params) => {
        const signals = policy.signals(params, sample, anchor);
        return policy.reduce(lossOf(terms, signals), sample);
      });
      const { gradNorm, ...next } = adamUpdate(
        { params, grads, adam: stateGroup(state, "adam") },
        { learningRate, clipNorm },
      );
      const survivors = freezeDiverged(
        { previous: state, next: { ...state, ...joinState(next) } },
        [losses, gradNorm],
        { limit },
      );
      return { state: survivors, loss: losses, gradNorm };
    },
  );

  const divergence = policy.divergence?.(sample);
  const told = { coefficient, rewards, divergence };
  const carried = joinState({
    memory: method.remember?.(told, memory) ?? {},
    reference: writers.reference && method.anchor
      ? method.anchor.next(
        writers.reference,
        stateGroup(state, "params"),
        tf.add(iteration, tf.scalar(1, "int32")),
      )
      : {},
  });
  const after = Object.keys(carried).length > 0
    ? freezeDiverged(
      { previous: state, next: { ...state, ...carried } },
      [],
      { limit },
    )
    : state;
  const overSamples = (values: Tensor) =>
    tf.mean(tf.add(values, tf.zeros(byPrompt)), [1, 2]);
  const centred = tf.sub(rewards, tf.mean(rewards, -1, true));
  const logs = {
    reward: overSamples(rewards),
    betaMean: overSamples(terms.beta),
    betaNegative: overSamples(tf.cast(tf.less(terms.beta, 0), "float32")),
    ...divergence && {
      kl: overSamples(divergence),
      covariance: overSamples(tf.mul(centred, divergence)),
    },
    loss,
    gradNorm,
    alive: after.alive,
  };
  return { state: after, logs };
}

/** A coefficient that members share, such as a mean over them, would mix settings. */
function assertOwnBeta(name: string, beta: Tensor, members: number): void {
  if (beta.rank !== 3 || beta.shape[0] !== members) {
    throw new TypeError(
      `Expected beta of "${name}" to be of shape [${members}, 1, 1] or [${members}, C, K], a value of each member's own, got [${beta.shape}]`,
    );
  }
}

/** A group of a state, if it has it. */
function groupOf(state: State, group: string): Tensors | undefined {
  return Object.keys(state).some((name) => name.startsWith(`${group}/`))
    ? stateGroup(state, group)
    : undefined;
}
