import { loop } from "../compile/mod.ts";
import { type Params } from "../models/params.ts";
import { type Compared, type Policy, type Sample } from "../policies/policy.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { foldIn, keys } from "../tf/random.ts";
import { adamUpdate, gradientAgreement } from "../train/adam.ts";
import { freezeDiverged } from "../train/freeze.ts";
import {
  joinState,
  optionalGroup,
  type State,
  stateGroup,
} from "../train/state.ts";
import { valueAndGrads } from "../train/value_and_grads.ts";
import { lossOf, type Method, type Terms } from "./method.ts";

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

/** Parameters of M members that answers depend on. */
export type Writers = {
  /** The policy's. */
  params: Params;
  /** Those of a method's anchor. */
  reference?: Params;
};

/** Takes the parameters that answers depend on out of a state. */
export function writersOf(state: State): Writers {
  const reference = optionalGroup(state, "reference");
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
 * @returns The next state, and the logs of `onlineStep`.
 */
export function learn<Signals>(
  online: Online<Signals>,
  before: State,
  { iteration, sample, rewards: flat }: {
    iteration: Tensor;
    sample: Sample;
    rewards: Tensor;
  },
): { state: State; logs: Record<string, Tensor> } {
  const { policy, method, coefficient, budget } = online;
  const members = coefficient.shape[0];
  const byPrompt = [members, policy.contexts, budget.perContext];
  const rewards = tf.reshape(flat, byPrompt);
  const memory = optionalGroup(before, "memory") ?? {};
  const terms = method.terms(coefficient, rewards, memory, sample);
  assertOwnBeta(method.name, terms.beta, members);
  const { state, loss, gradNorm } = update(online, before, {
    ...{ iteration, sample, terms },
  });

  const divergence = policy.divergence?.(sample);
  const { reference } = writersOf(before);
  const told = { coefficient, rewards, divergence };
  const carried = joinState({
    memory: method.remember?.(told, memory) ?? {},
    reference: reference && method.anchor
      ? method.anchor.next(
        reference,
        stateGroup(state, "params"),
        tf.add(iteration, tf.scalar(1, "int32")),
      )
      : {},
  });
  const after = Object.keys(carried).length > 0
    ? freezeDiverged(
      { previous: state, next: { ...state, ...carried } },
      [],
      { limit: budget.divergedAbove },
    )
    : state;
  const logs = {
    ...logsOf({ rewards, beta: terms.beta, divergence }),
    ...{ loss, gradNorm, alive: after.alive },
    gradAgreement: gradientAgreement(
      stateGroup(before, "adam"),
      stateGroup(state, "adam"),
      budget.updates,
    ),
  };
  return { state: after, logs };
}

/** Takes the iteration's steps of Adam; the loss and the gradient's norm of the last. */
function update<Signals>(
  { policy, method, coefficient, seeds, budget }: Online<Signals>,
  before: State,
  { iteration, sample, terms }: {
    iteration: Tensor;
    sample: Sample;
    terms: Terms<Signals>;
  },
): { state: State; loss: Tensor; gradNorm: Tensor } {
  const { updates, learningRate, clipNorm, divergedAbove: limit } = budget;
  const iterationKeys = foldIn(keys(seeds), iteration);
  const compared = comparedBy(method, writersOf(before));
  const unknown = tf.zeros([coefficient.shape[0]]) as Tensor;
  const start = { state: before, loss: unknown, gradNorm: unknown };
  return loop(updates, start, ({ state }, step) => {
    const purpose = tf.add(step, tf.scalar(1, "int32"));
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
  });
}

/** What an iteration says of its samples, each `[M]`; rewards are `[M, C, K]`. */
function logsOf(
  { rewards, beta, divergence }: {
    rewards: Tensor;
    beta: Tensor;
    divergence?: Tensor;
  },
): Record<string, Tensor> {
  const overSamples = (values: Tensor) =>
    tf.mean(tf.add(values, tf.zeros(rewards.shape)), [1, 2]) as Tensor;
  const centred = tf.sub(rewards, tf.mean(rewards, -1, true));
  return {
    reward: overSamples(rewards),
    betaMean: overSamples(beta),
    betaNegative: overSamples(tf.cast(tf.less(beta, 0), "float32")),
    ...divergence && {
      kl: overSamples(divergence),
      covariance: overSamples(tf.mul(centred, divergence)),
    },
  };
}

/** A coefficient that members share, such as a mean over them, would mix settings. */
function assertOwnBeta(name: string, beta: Tensor, members: number): void {
  if (beta.rank !== 3 || beta.shape[0] !== members) {
    throw new TypeError(
      `Expected beta of "${name}" to be of shape [${members}, 1, 1] or [${members}, C, K], a value of each member's own, got [${beta.shape}]`,
    );
  }
}
