import {
  centeredAdvantages,
  groupAdvantages,
  leaveOneOutAdvantages,
} from "../losses/advantages.ts";
import {
  type Kl,
  klExact,
  klK2,
  klK3,
  w2Penalty,
} from "../losses/divergences.ts";
import { jensenShannon, klForward } from "../losses/f_divergences.ts";
import { clippedSurrogate, flowMatchingLoss } from "../losses/objectives.ts";
import { type FlowVelocities } from "../losses/flow_losses.ts";
import { overPlaces, type TokenSignals } from "../policies/tokens.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { assertKnown } from "../tf/check.ts";
import { type Family } from "./method.ts";

/**
 * Flow matching: `L_RL = A |vt - ut|^2` and `L_D = |vt - vRef|^2`, means over D.
 * Advantages are rewards less the mean of their prompt. A clip of the advantage acts
 * in both terms, or a bad sample's loss has no minimum.
 *
 * @example
 * ```ts
 * import { flow, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const advantages = flow.advantages(tf.tensor3d([[[0, 1, 5]]]));
 * assertEquals(await advantages.data(), Float32Array.of(-2, -1, 3));
 * advantages.dispose();
 * ```
 */
export const flow: Family<FlowVelocities> = {
  name: "FM",
  advantages: centeredAdvantages,
  objective: (_, clipped) => flow.fit(clipped),
  fit: (weights) => ({ vt, ut }) =>
    tf.mul(weights, flowMatchingLoss({ vt, ut })),
  divergence: ({ vt, vRef }) => w2Penalty({ vt, vRef }),
};

/** The velocities of the policy that drew the samples, for a method that `comparesOld`. */
export function oldOf(vOld: Tensor | undefined): Tensor {
  if (!vOld) {
    throw new TypeError(
      "Expected the policy to give vOld, the velocities of the policy that drew the samples, for a method that comparesOld, got none",
    );
  }
  return vOld;
}

/** A divergence token by token, `[M, C, K, T]`; the library's `kl...` are such. */
export type TokenDivergence = (signals: TokenSignals) => Tensor;

/** {@linkcode klExact}, as a divergence of a token family. */
export const exactDivergence: TokenDivergence = (signals) =>
  overPlaces(signals, klExact);

/** {@linkcode klForward}, as a divergence of a token family. */
export const forwardDivergence: TokenDivergence = (signals) =>
  overPlaces(signals, klForward);

/** {@linkcode jensenShannon}, as a divergence of a token family. */
export const jsDivergence: TokenDivergence = (signals) =>
  overPlaces(signals, jensenShannon);

/**
 * k2 of whole completions, in equal parts on those of their tokens that count: the one
 * divergence here whose gradient is that of KL(p | pRef) of completions, since it
 * counts what a token changes in those that follow.
 */
export const sequenceK2: TokenDivergence = ({ logp, logpRef, mask }) =>
  tf.tidy(() => {
    const count = tf.sum(mask, -1, true);
    const whole = klK2({
      logp: tf.sum(tf.mul(logp, mask), -1, true),
      logpRef: tf.sum(tf.mul(logpRef, mask), -1, true),
    });
    return tf.mul(tf.div(whole, count), tf.onesLike(logp));
  });

/** How a token family is put together. */
export interface TokenFamilyOptions {
  /** The divergence; k3, as published, when left out. */
  kl?: TokenDivergence | Kl;
  /** Advantages from rewards `[M, C, K]`; GRPO's when left out. */
  advantages?(rewards: Tensor): Tensor;
  /** How far the ratio counts from 1; 0.2, as published, when left out. */
  epsilon?: number;
  /** What names of methods say of these choices, such as `"exact KL"`. */
  variant?: string;
}

/** GRPO's advantages: centred, in units of the group's spread. */
export const normalised = (rewards: Tensor): Tensor =>
  groupAdvantages(rewards, { epsilon: 1e-4 });

/**
 * Tokens under GRPO: `L_RL` is the clipped surrogate, `L_D` a divergence token by
 * token. A clip of the advantage acts in the weight of the divergence alone, as in
 * the ADRPO paper.
 *
 * @param options The divergence, the advantages and the clip of the ratio.
 * @returns The family, of which {@linkcode grpo}, {@linkcode adrpo} and others are made.
 * @throws {TypeError} If an option has an unknown name.
 *
 * @example
 * ```ts
 * import { adrpo, inRewardUnits, klK2, tokens } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const family = tokens({ kl: klK2, advantages: inRewardUnits, variant: "k2" });
 * assertEquals(adrpo(family).name, "ADRPO-GRPO, k2");
 * ```
 */
export function tokens(
  options: TokenFamilyOptions = {},
): Family<TokenSignals> {
  assertKnown("the options of tokens", options, [
    ...["kl", "advantages", "epsilon", "variant"],
  ]);
  const { kl = klK3, advantages = normalised, epsilon = 0.2, variant } =
    options;
  return {
    name: "GRPO",
    variant,
    advantages,
    objective: (advantages) => ({ logp, logpOld }) =>
      clippedSurrogate({ logp, logpOld, advantages }, { epsilon }),
    fit: (weights) => ({ logp }) =>
      tf.neg(tf.mul(tf.expandDims(weights, -1), logp)),
    divergence: kl,
  };
}

/** Tokens under GRPO with the exact divergence: see {@linkcode klExact}. */
export const exactTokens: Family<TokenSignals> = tokens({
  kl: exactDivergence,
  variant: "exact KL",
});

/**
 * Tokens under GRPO with a divergence that covers all of the reference's modes, after
 * DPH-RL (Li et al. 2025, arXiv 2509.07430): see {@linkcode klForward} and
 * {@linkcode jensenShannon}. DPH-RL takes it on prompts alone that the initial policy
 * masters; here it is on all of them.
 *
 * @example
 * ```ts
 * import { coveringTokens, grpo } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const [forward, js] = coveringTokens.map(grpo);
 * assertEquals([forward.name, js.name], ["GRPO, forward KL", "GRPO, JS"]);
 * ```
 */
export const coveringTokens: readonly Family<TokenSignals>[] = [
  tokens({ kl: forwardDivergence, variant: "forward KL" }),
  tokens({ kl: jsDivergence, variant: "JS" }),
];

/** Advantages in units of reward: see {@linkcode leaveOneOutAdvantages}. */
export const inRewardUnits = leaveOneOutAdvantages;
