import { type Arm } from "./run_arms.ts";
import {
  adrpoFlow,
  advantageFlow,
  flippedBeta,
  orwCfmW2,
  raft,
  shuffledBeta,
  symmetricClip,
  twoTermFlow,
  unsignedBeta,
  upperClip,
} from "./methods.ts";
import { tf } from "../tf/backend.ts";

/** ORW-CFM-W2 with an inverse temperature, swept over beta. */
export function orwArm(tau: number, betas: readonly number[]): Arm {
  return {
    method: `ORW-CFM-W2, tau ${tau}`,
    betas,
    make: (beta) => orwCfmW2({ tau, beta }),
  };
}

/** RAFT on the best `keep` samples of a prompt, swept over beta. */
export function raftArm(keep: number, betas: readonly number[]): Arm {
  return {
    method: "RAFT",
    betas,
    make: (beta) => raft({ keep, beta }),
  };
}

/** Advantage-weighted flow matching, swept over its fixed beta. */
export function advantageArm(betas: readonly number[]): Arm {
  return {
    method: "advantage weighting",
    betas,
    make: (beta) => advantageFlow({ beta }),
  };
}

/** ADRPO-FM, swept over beta0. */
export function adrpoArm(betas: readonly number[]): Arm {
  return {
    method: "ADRPO-FM",
    betas,
    make: (beta0) => adrpoFlow({ beta0 }),
  };
}

/**
 * ADRPO-FM with its advantages clipped, and its controls, each swept over beta0:
 * the sign of the adaptation flipped, advantages of other samples, their size alone,
 * and positive signals only.
 */
export function adrpoVariants(betas: readonly number[]): Arm[] {
  const clips = {
    "clipped at ±beta0": symmetricClip,
    "beta_eff ≥ 0": upperClip,
  };
  const controls = {
    "sign flipped": flippedBeta,
    shuffled: shuffledBeta,
    "|A|": unsignedBeta,
  };
  return [
    ...Object.entries(clips).map(([name, clip]): Arm => ({
      method: `ADRPO-FM, ${name}`,
      betas,
      make: (beta0) => adrpoFlow({ beta0, clip: clip(beta0) }),
    })),
    ...Object.entries(controls).map(([name, betaEff]): Arm => ({
      method: `control: ${name}`,
      betas,
      make: (beta0) =>
        twoTermFlow({
          weight: (advantages) => advantages,
          beta: betaEff(beta0),
        }),
    })),
    {
      method: "control: positive only",
      betas,
      make: (beta0) =>
        twoTermFlow({
          weight: (advantages) => tf.relu(advantages),
          beta: (advantages) => tf.sub(beta0, tf.relu(advantages)),
        }),
    },
  ];
}
