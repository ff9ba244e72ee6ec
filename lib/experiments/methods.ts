import { type Tensor, tf } from "../tf/backend.ts";
import {
  centeredAdvantages,
  clipAdvantages,
  raftWeights,
} from "../losses/advantages.ts";
import {
  adaptiveBeta,
  adrpoFlowLoss,
  advantageFlowLoss,
  type FlowVelocities,
  orwCfmW2Loss,
  twoTerms,
} from "../losses/regularised.ts";

/** A loss of each sample, `[M, C, K]`, as a function of the velocities `[M, C, K, D]`. */
export type Surrogate = (velocities: FlowVelocities) => Tensor;

/**
 * A fine-tuning method: turns the rewards `[M, C, K]` of the samples of a prompt
 * into the loss of the next updates. What depends on the rewards alone is
 * computed once, outside of the gradient.
 */
export type Method = (rewards: Tensor) => Surrogate;

type Coefficient = number | Tensor;

/** Online reward-weighted flow matching with W2 regularisation (ORW-CFM-W2, Fan et al. 2025). */
export function orwCfmW2(
  { tau, beta }: { tau: Coefficient; beta: Coefficient },
): Method {
  return (rewards) => (v) => orwCfmW2Loss({ ...v, rewards }, { tau, beta });
}

/** Flow matching weighted by the advantage, with a fixed W2 coefficient. */
export function advantageFlow({ beta }: { beta: Coefficient }): Method {
  return (rewards) => {
    const advantages = centeredAdvantages(rewards);
    return (v) => advantageFlowLoss({ ...v, advantages }, { beta });
  };
}

/** Flow matching on the best `keep` samples of each prompt (RAFT), with a fixed W2 coefficient. */
export function raft(
  { keep, beta }: { keep: number; beta: Coefficient },
): Method {
  return (rewards) => {
    const weights = raftWeights(rewards, { keep });
    return (v) => twoTerms(v, { weight: weights, beta });
  };
}

/** What becomes of an advantage before it acts, in both terms alike. */
export type AdvantageClip = (advantages: Tensor) => Tensor;

/** ADRPO for flow matching: `A |v-u|^2 + (beta0 - A) |v-vRef|^2` (Fan et al. 2025). */
export function adrpoFlow(
  { beta0, clip = (advantages) => advantages }: {
    beta0: Coefficient;
    clip?: AdvantageClip;
  },
): Method {
  return (rewards) => {
    const advantages = clip(centeredAdvantages(rewards));
    return (v) => adrpoFlowLoss({ ...v, advantages }, { beta0 });
  };
}

/** Clips advantages to `[-limit, limit]`; the paper advises `limit = beta0`. */
export function symmetricClip(limit: Tensor): AdvantageClip {
  return (advantages) =>
    tf.tidy(() =>
      clipAdvantages(advantages, { min: tf.neg(limit), max: limit })
    );
}

/** Clips advantages at `limit` from above, which keeps `beta0 - A` at `beta0 - limit` or more. */
export function upperClip(limit: Tensor): AdvantageClip {
  return (advantages) =>
    clipAdvantages(advantages, { min: -Infinity, max: limit });
}

/**
 * The two-term loss with each coefficient chosen freely from the advantage:
 * `weight(A) |v-u|^2 + beta(A) |v-vRef|^2`. The controls of the ADRPO experiment
 * come out of it: the sign flipped, the advantages shuffled, their size alone,
 * positive signals only.
 */
export function twoTermFlow(
  { weight, beta }: {
    weight: (advantages: Tensor) => Tensor;
    beta: (advantages: Tensor) => Tensor;
  },
): Method {
  return (rewards) => {
    const advantages = centeredAdvantages(rewards);
    const weights = weight(advantages);
    const betas = beta(advantages);
    return (v) => twoTerms(v, { weight: weights, beta: betas });
  };
}

/** `beta0 + A`: the good samples are held back, the bad ones let go. */
export function flippedBeta(beta0: Coefficient) {
  return (advantages: Tensor): Tensor => tf.add(beta0, advantages);
}

/** `beta0 - A'` where `A'` is the advantage of the next sample of the prompt. */
export function shuffledBeta(beta0: Coefficient) {
  return (advantages: Tensor): Tensor => {
    const last = advantages.rank - 1;
    const samples = advantages.shape[last];
    const [head, tail] = tf.split(advantages, [1, samples - 1], last);
    return adaptiveBeta(tf.concat([tail, head], last), { beta0 });
  };
}

/** `beta0 + |A|`: as uneven as ADRPO's, blind to which samples are good. */
export function unsignedBeta(beta0: Coefficient) {
  return (advantages: Tensor): Tensor => tf.add(beta0, tf.abs(advantages));
}
