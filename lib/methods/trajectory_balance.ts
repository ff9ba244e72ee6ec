import { trajectoryBalanceLoss } from "../losses/trajectory_balance.ts";
import { type TokenSignals } from "../policies/tokens.ts";
import { tf } from "../tf/backend.ts";
import { type Method } from "./method.ts";

/**
 * Trajectory balance: makes the log-probability of an answer what it is under the
 * KL-regularised optimum p* ∝ pRef exp(r / beta), as a regression. The divergence is
 * inside of the loss ({@linkcode trajectoryBalanceLoss}).
 *
 * FlowRL (Zhu et al. 2025, arXiv 2509.15207) is this with a learned normaliser, log-
 * probabilities divided by the length, and standardised rewards.
 *
 * Paper: Malkin et al. (2022, arXiv 2201.13259); as a loss of language models with the
 * normaliser from the group, Bartoldson et al. (2025, TBA, arXiv 2503.18929). Deviates
 * from the papers: as {@linkcode trajectoryBalanceLoss}.
 *
 * It is swept over beta, more than 0.
 *
 * @example
 * ```ts
 * import { arm, trajectoryBalance } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(arm(trajectoryBalance, [0.1, 0.3]).method.positive, true);
 * ```
 */
export const trajectoryBalance: Method<TokenSignals> = {
  name: "trajectory balance",
  coefficient: "beta",
  look: { color: "#AA4499", dash: "longdash", symbol: "star-square" },
  positive: true,
  terms: (beta, rewards) => ({
    objective({ logp, logpRef, mask }) {
      const whole = (perToken: typeof logp) =>
        tf.sum(tf.mul(perToken, mask), -1);
      return trajectoryBalanceLoss(
        { logp: whole(logp), logpRef: whole(logpRef), rewards },
        { beta },
      );
    },
    beta,
  }),
};
