import { tokenEntropy } from "../losses/divergences.ts";
import { overPlaces, type TokenSignals } from "../policies/tokens.ts";
import { tf } from "../tf/backend.ts";
import { tokens } from "./families.ts";
import { type Method } from "./method.ts";

const { advantages, objective } = tokens();

/**
 * GRPO with a bonus for the entropy of the next token in place of a divergence: it
 * needs no reference, and pays for wrong answers too.
 *
 *     L_RL - weight H(p).
 *
 * Paper: Mnih et al. (2016, arXiv 1602.01783), section 4. Deviates from the paper:
 * GRPO's surrogate.
 *
 * It is swept over the weight; entropies are in nats.
 *
 * @example
 * ```ts
 * import { arm, entropyBonus } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(arm(entropyBonus, [0.01, 0.1]).method.coefficient, "weight");
 * ```
 */
export const entropyBonus: Method<TokenSignals> = {
  name: "entropy bonus",
  coefficient: "weight",
  look: { color: "#E69F00", dash: "longdash", symbol: "triangle-down" },
  terms(weight, rewards) {
    const A = advantages(rewards);
    return {
      objective: objective(A, A),
      divergence: (signals) =>
        overPlaces(signals, ({ logits }) => tf.neg(tokenEntropy(logits))),
      beta: weight,
    };
  },
};
