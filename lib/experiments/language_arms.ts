import { clipAdvantages } from "../losses/advantages.ts";
import { klK3 } from "../losses/kl.ts";
import { expectedReward } from "../metrics/expected_reward.ts";
import { tf } from "../tf/backend.ts";
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
import { type Setting } from "./run_arms.ts";
import { type LanguageArm } from "./run_language_arms.ts";
import { coefficient, type Sweep } from "./sweep.ts";

const betaOf = ({ beta }: Setting) => beta;
const betasOf = (sweep: Sweep<Setting>) => coefficient(sweep, betaOf);

/** GRPO with a fixed beta and k3, as published. */
export function grpoArm(betas: readonly number[]): LanguageArm {
  return {
    method: "GRPO, k3",
    betas,
    make: (sweep) => grpo({ beta: betasOf(sweep), kl: klK3 }),
  };
}

/** GRPO with a fixed beta and the exact divergence. */
export function exactGrpoArm(betas: readonly number[]): LanguageArm {
  return {
    method: "GRPO, exact KL",
    betas,
    make: (sweep) => grpo({ beta: betasOf(sweep), kl: exactDivergence }),
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
    make: (sweep) =>
      grpo({ beta: betasOf(sweep), kl, advantages: leaveOneOut }),
  };
}

/** The clips of the advantage in ADRPO-GRPO's weight, by name. */
const adrpoClips: Record<string, (sweep: Sweep<Setting>) => AdvantageClip> = {
  "unclipped": () => (advantages) => advantages,
  "±0.5 beta0": (sweep) => symmetricClip(tf.mul(0.5, betasOf(sweep))),
  "±beta0": (sweep) => symmetricClip(betasOf(sweep)),
  "±2 beta0": (sweep) => symmetricClip(tf.mul(2, betasOf(sweep))),
  "beta_eff ≥ 0": (sweep) => upperClip(betasOf(sweep)),
};

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
    make: (sweep) =>
      adrpoGrpo({
        beta0: betasOf(sweep),
        kl: klK3,
        clip: adrpoClips[clip](sweep),
      }),
  };
}

/** Every clip of ADRPO-GRPO with k3, and two with the exact divergence. */
export function adrpoGrpoArms(betas: readonly number[]): LanguageArm[] {
  const exact = ["unclipped", "beta_eff ≥ 0"].map((clip): LanguageArm => ({
    method: `ADRPO-GRPO, ${clip}, exact KL`,
    betas,
    make: (sweep) =>
      adrpoGrpo({
        beta0: betasOf(sweep),
        kl: exactDivergence,
        clip: adrpoClips[clip](sweep),
      }),
  }));
  return [
    ...Object.keys(adrpoClips).map((clip) => adrpoGrpoArm(clip, betas)),
    ...exact,
  ];
}

/** ADRPO-GRPO whose weight adapts to a running baseline, swept over beta0. */
export function runningBaselineArm(betas: readonly number[]): LanguageArm {
  return {
    method: "ADRPO-GRPO, running baseline",
    betas,
    make: (sweep, task) =>
      adrpoRunningBaseline(
        { beta0: betasOf(sweep), kl: klK3, clip: upperClip(betasOf(sweep)) },
        { start: startingBaseline(task, betasOf(sweep).shape[0]) },
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
    make: (sweep, { policy }) =>
      controlledGrpo({
        target: betasOf(sweep),
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
    make: (sweep) => entropyBonus({ weight: betasOf(sweep) }),
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
    make: (sweep) => raftLanguage({ keep, beta: betasOf(sweep), kl: klK3 }),
  };
}

/** DPO on pairs that the reference draws, swept over beta. */
export function dpoArm(betas: readonly number[]): LanguageArm {
  return {
    method: "DPO",
    betas,
    make: (sweep) => dpo({ beta: betasOf(sweep) }),
  };
}

/** The exact expected rewards of the policy that training starts from, `[M, C, 1]`. */
function startingBaseline(
  { policy, start, rewards }: LanguageTask,
  members: number,
) {
  return tf.tidy(() => {
    const logp = exactLogProbs(policy, start);
    const baseline = expectedReward({ logp, rewards }); // [1, C]
    return tf.tile(tf.expandDims(baseline, -1), [members, 1, 1]);
  });
}
