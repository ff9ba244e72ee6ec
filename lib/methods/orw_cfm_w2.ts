import { centeredAdvantages, rewardWeights } from "../losses/advantages.ts";
import { type FlowVelocities } from "../losses/flow_losses.ts";
import { assertKnown } from "../tf/check.ts";
import { flow } from "./families.ts";
import { type Look, lookOf, type Method, nameOf } from "./method.ts";

/**
 * Online reward-weighted flow matching with W2 regularisation,
 *
 *     exp(tau r) |vt - ut|^2 + beta |vt - vRef|^2.
 *
 * Weights are positive: a bad sample is matched less, never pushed away. `centred`
 * takes the mean weight of each prompt away, as a control: what is left of uncentred
 * weights is training on one's own samples ({@linkcode selfTraining}). A sample whose
 * centred weight is below -beta has no minimum.
 *
 * Paper: Fan et al. (ICLR 2025, arXiv 2502.06061). Deviates from the paper: as
 * {@linkcode orwCfmW2Loss}.
 *
 * @param options.tau The inverse temperature of the weights, 0 or more.
 * @param options.centred Whether weights are less their mean; not when left out.
 * @returns The method, swept over beta.
 * @throws {TypeError} If an option has an unknown name. A negative `tau` is refused at
 * the door of a run.
 *
 * @example
 * ```ts
 * import { arm, orwCfmW2 } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const sweep = arm(orwCfmW2({ tau: 4 }), [0.1, 1, 10]);
 * assertEquals(sweep.method.name, "ORW-CFM-W2, tau 4");
 * assertEquals(sweep.method.coefficient, "beta");
 * ```
 */
export function orwCfmW2(
  options: { tau: number; centred?: boolean },
): Method<FlowVelocities> {
  assertKnown("the options of orwCfmW2", options, ["tau", "centred"]);
  const { tau, centred = false } = options;
  const variant = centred ? "centred" : undefined;
  return {
    name: nameOf(`ORW-CFM-W2, tau ${tau}`, variant),
    coefficient: "beta",
    look: lookOf({ variant }, looks[tau]),
    terms(beta, rewards) {
      const weights = rewardWeights(rewards, { tau });
      return {
        objective: flow.fit(centred ? centeredAdvantages(weights) : weights),
        divergence: flow.divergence,
        beta,
      };
    },
  };
}

const looks: Record<number, Look> = {
  1: { color: "#CC79A7", dash: "dot", symbol: "triangle-up" },
  4: { color: "#E69F00", dash: "longdash", symbol: "triangle-down" },
  10: { color: "#882255", dash: "longdash", symbol: "triangle-down-open" },
};
