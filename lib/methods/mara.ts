import { modeAnchoredRewards } from "../losses/mode_anchored_rewards.ts";
import { type TokenSignals } from "../policies/tokens.ts";
import { tf } from "../tf/backend.ts";
import { assertKnown } from "../tf/check.ts";
import { inRewardUnits, sequenceK2, tokens } from "./families.ts";
import { type Family, lookOf, type Method, nameOf } from "./method.ts";

/** A family whose optimum is p* ∝ pRef exp(r / beta), answer by answer. */
const exactOptimum: Family<TokenSignals> = tokens({
  kl: sequenceK2,
  advantages: inRewardUnits,
});

/**
 * Mode-anchored rewards: the method of a fixed beta, on rewards that are raised for good
 * answers which the reference writes seldom ({@linkcode modeAnchoredRewards}), so that
 * the optimum p* itself is spread over all of them. It asks whether p* is the culprit.
 *
 * Paper: GX-Chen et al. (2025, arXiv 2510.20817). Deviates from the paper: as
 * {@linkcode modeAnchoredRewards}; GRPO's clipped surrogate.
 *
 * @param options.threshold The reward from which an answer is good.
 * @param options.family The divergence and the advantages. When left out k2 of whole
 * completions and advantages in units of reward, whose optimum is p*: others have
 * another, and another beta in it.
 * @returns The method, swept over beta.
 * @throws {TypeError} If an option has an unknown name.
 *
 * @example
 * ```ts
 * import { arm, mara } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const sweep = arm(mara({ threshold: 1 }), [0.05, 0.2]);
 * assertEquals(sweep.method.name, "MARA");
 * ```
 */
export function mara(
  options: { threshold: number; family?: Family<TokenSignals> },
): Method<TokenSignals> {
  assertKnown("the options of mara", options, ["threshold", "family"]);
  const { threshold, family = exactOptimum } = options;
  if (!Number.isFinite(threshold)) {
    throw new RangeError(`Expected threshold to be finite, got ${threshold}`);
  }
  return {
    name: nameOf("MARA", family.variant),
    coefficient: "beta",
    look: lookOf(family, {
      color: "#3D8C8C",
      dash: "solid",
      symbol: "diamond-tall",
    }),
    terms: (beta, rewards) => ({
      // The reference's log-probabilities are known with the answers only.
      objective(signals) {
        const { logpRef: perToken, mask } = signals;
        const logpRef = tf.sum(tf.mul(perToken, mask), -1);
        const raised = modeAnchoredRewards(
          { rewards, logpRef },
          { beta, threshold },
        );
        const A = family.advantages(raised);
        return family.objective(A, A)(signals);
      },
      divergence: family.divergence,
      beta,
    }),
  };
}
