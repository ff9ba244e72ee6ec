import { type FlowVelocities } from "../losses/flow_losses.ts";
import { flowMatchingLoss } from "../losses/objectives.ts";
import { tf } from "../tf/backend.ts";
import { comparedInPairs } from "./compared_in_pairs.ts";
import { type Method } from "./method.ts";

/**
 * Diffusion-DPO on pairs that the reference draws, sample i of a prompt with sample
 * i + K/2: DPO with minus the loss of matching a sample in place of its log-probability,
 *
 *     -log sigmoid(beta ((l(y+; vRef) - l(y+; vt)) - (l(y-; vRef) - l(y-; vt)))),
 *
 * `l(y; v) = |v - ut|^2`, the mean over D. The one of the higher reward is preferred;
 * pairs of equal rewards do not count.
 *
 * Paper: Wallace et al. (CVPR 2024, arXiv 2311.12908), eq. 14. Deviates from the paper:
 * velocities of a flow in place of noise, without a weight of times; each of a pair has
 * a time and noise of its own; fresh pairs at each iteration, in place of a fixed set.
 *
 * It is swept over beta, more than 0, and needs an even number of samples of a prompt.
 *
 * @example
 * ```ts
 * import { arm, diffusionDpo } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const sweep = arm(diffusionDpo, [10, 100]);
 * assertEquals(sweep.method.offPolicy, true);
 * ```
 */
export const diffusionDpo: Method<FlowVelocities> = {
  name: "Diffusion-DPO",
  coefficient: "beta",
  look: { color: "#0072B2", dash: "dot", symbol: "star" },
  ...comparedInPairs("Diffusion-DPO", ({ vt, ut, vRef }) => ({
    policy: tf.neg(flowMatchingLoss({ vt, ut })),
    reference: tf.neg(flowMatchingLoss({ vt: vRef, ut })),
  })),
};
