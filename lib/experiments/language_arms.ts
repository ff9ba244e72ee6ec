import { klK3 } from "../losses/divergences.ts";
import { expectedReward } from "../metrics/expected_reward.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import {
  adrpoGrpo,
  adrpoRunningBaseline,
  controlledGrpo,
  dpo,
  entropyBonus,
  exactDivergence,
  grpo,
  leaveOneOut,
  raftLanguage,
  type TokenDivergence,
} from "./language_methods.ts";
import { exactLogProbs, type LanguageTask } from "./language_task.ts";
import { type AdvantageClip, symmetricClip, upperClip } from "./methods.ts";
import { type LanguageArm } from "./run_language_arms.ts";

/** GRPO with a fixed beta and k3, as published. */
export function grpoArm(betas: readonly number[]): LanguageArm {
  return {
    method: "GRPO, k3",
    betas,
    make: (beta) => grpo({ beta, kl: klK3 }),
  };
}

/** GRPO without a divergence: beta = 0. */
export function plainGrpoArm(): LanguageArm {
  return { ...grpoArm([0]), method: "GRPO, no KL" };
}

/** GRPO with a fixed beta and the exact divergence. */
export function exactGrpoArm(betas: readonly number[]): LanguageArm {
  return {
    method: "GRPO, exact KL",
    betas,
    make: (beta) => grpo({ beta, kl: exactDivergence }),
  };
}

/** Policy gradient with leave-one-out advantages and a divergence: rewards keep their units. */
export function divergenceArm(
  name: string,
  kl: TokenDivergence,
  betas: readonly number[],
): LanguageArm {
  return {
    method: name,
    betas,
    make: (beta) => grpo({ beta, kl, advantages: leaveOneOut }),
  };
}

/** A clip of the advantages, given beta0 `[M, 1, 1]`. */
type ClipAt = (beta0: Tensor) => AdvantageClip;

/** Within `factor` times beta0; the product is made where it is used, and freed there. */
const within = (factor: number): ClipAt => (beta0) => (advantages) =>
  tf.tidy(() => symmetricClip(tf.mul(factor, beta0))(advantages));

/** The clips of the advantage in ADRPO-GRPO's weight, by name. */
const adrpoClips = {
  "unclipped": () => (advantages) => advantages,
  "±0.5 beta0": within(0.5),
  "±beta0": within(1),
  "±2 beta0": within(2),
  "beta_eff ≥ 0": upperClip,
} satisfies Record<string, ClipAt>;

/** The name of a clip of ADRPO-GRPO. */
export type AdrpoClip = keyof typeof adrpoClips;

/** ADRPO-GRPO with k3 and one of its clips, swept over beta0. */
export function adrpoGrpoArm(
  clip: AdrpoClip,
  betas: readonly number[],
): LanguageArm {
  return {
    method: `ADRPO-GRPO, ${clip}`,
    betas,
    make: (beta0) =>
      adrpoGrpo({ beta0, kl: klK3, clip: adrpoClips[clip](beta0) }),
  };
}

/** The same with the exact divergence. */
export function exactAdrpoArm(
  clip: AdrpoClip,
  betas: readonly number[],
): LanguageArm {
  return {
    method: `ADRPO-GRPO, ${clip}, exact KL`,
    betas,
    make: (beta0) =>
      adrpoGrpo({ beta0, kl: exactDivergence, clip: adrpoClips[clip](beta0) }),
  };
}

/** Every clip of ADRPO-GRPO with k3, and two with the exact divergence. */
export function adrpoGrpoArms(betas: readonly number[]): LanguageArm[] {
  const clips = Object.keys(adrpoClips) as AdrpoClip[];
  return [
    ...clips.map((clip) => adrpoGrpoArm(clip, betas)),
    exactAdrpoArm("unclipped", betas),
    exactAdrpoArm("beta_eff ≥ 0", betas),
  ];
}

/** ADRPO-GRPO whose weight adapts to a running baseline, swept over beta0. */
export function runningBaselineArm(betas: readonly number[]): LanguageArm {
  return {
    method: "ADRPO-GRPO, running baseline",
    betas,
    make: (beta0, task) =>
      adrpoRunningBaseline(
        { beta0, kl: klK3 },
        { start: () => startingBaseline(task, beta0.shape[0]) },
      ),
  };
}

/** GRPO under Ziegler's controller, swept over the target KL. */
export function controllerArm(
  targets: readonly number[],
  perContext: number,
): LanguageArm {
  return {
    method: "KL controller",
    betas: targets,
    make: (target, { policy }) =>
      controlledGrpo({
        target,
        kl: klK3,
        samples: policy.prompts.length * perContext,
      }),
  };
}

/** GRPO with an entropy bonus, swept over its weight. */
export function entropyArm(weights: readonly number[]): LanguageArm {
  return {
    method: "entropy bonus",
    betas: weights,
    make: (weight) => entropyBonus({ weight }),
  };
}

/** RAFT on the best `keep` completions of a prompt, swept over beta. */
export function raftLanguageArm(
  keep: number,
  betas: readonly number[],
): LanguageArm {
  return {
    method: "RAFT",
    betas,
    make: (beta) => raftLanguage({ keep, beta, kl: klK3 }),
  };
}

/** DPO on pairs that the reference draws, swept over beta. */
export function dpoArm(betas: readonly number[]): LanguageArm {
  return {
    method: "DPO",
    betas,
    make: (beta) => dpo({ beta }),
  };
}

/** The exact expected rewards of the policy that training starts from, `[M, C, 1]`. */
function startingBaseline(
  { policy, start, rewards }: LanguageTask,
  members: number,
): Tensor {
  return tf.tidy(() => {
    const logp = exactLogProbs(policy, start);
    const baseline = expectedReward({ logp, rewards }); // [1, C]
    return tf.tile(tf.expandDims(baseline, -1), [members, 1, 1]);
  });
}
