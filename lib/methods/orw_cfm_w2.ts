import { rewardWeights } from "../losses/advantages.ts";
import { type FlowVelocities } from "../losses/regularised.ts";
import { assertKnown } from "../tf/check.ts";
import { flow } from "./families.ts";
import { type Look, type Method } from "./method.ts";

/**
 * Online reward-weighted flow matching with W2 regularisation,
 *
 *     exp(tau r) |vt - ut|^2 + beta |vt - vRef|^2.
 *
 * Weights are positive: a bad sample is matched less, never pushed away.
 *
 * Paper: Fan et al. (ICLR 2025, arXiv 2502.06061). Deviates from the paper: as
 * {@linkcode orwCfmW2Loss}.
 *
 * @param options.tau The inverse temperature of the weights, 0 or more.
 * @returns The method, swept over beta.
 */
export function orwCfmW2(options: { tau: number }): Method<FlowVelocities> {
  assertKnown("the options of orwCfmW2", options, ["tau"]);
  const { tau } = options;
  return {
    name: `ORW-CFM-W2, tau ${tau}`,
    coefficient: "beta",
    look: looks[tau],
    terms: (beta, rewards) => ({
      objective: flow.fit(rewardWeights(rewards, { tau })),
      divergence: flow.divergence,
      beta,
    }),
  };
}

const looks: Record<number, Look> = {
  1: { color: "#CC79A7", dash: "dot", symbol: "triangle-up" },
  4: { color: "#E69F00", dash: "longdash", symbol: "triangle-down" },
  10: { color: "#882255", dash: "longdash", symbol: "triangle-down-open" },
};
