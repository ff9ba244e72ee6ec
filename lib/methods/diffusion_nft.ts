import { clipAdvantages } from "../losses/advantages.ts";
import { negativeAwareLoss } from "../losses/forward_process.ts";
import { type FlowVelocities } from "../losses/flow_losses.ts";
import { tf } from "../tf/backend.ts";
import { assertKnown, assertPositive } from "../tf/check.ts";
import { flow, oldOf } from "./families.ts";
import { type Method, nameOf } from "./method.ts";

/**
 * DiffusionNFT: flow matching against a positive and a negative policy around the one
 * that drew the samples,
 *
 *     scale negativeAwareLoss(p),   p = (1 + clip(A / scale, -1, 1)) / 2.
 *
 * It is ADRPO-FM with beta0 = scale beta, its advantages clipped to within the scale, and
 * the drawing policy in place of the reference: the losses differ by a constant. So
 * `anchored(clippedAdrpo(flow), drawingPolicy)` at beta0 is this at beta 1 and
 * scale beta0.
 *
 * Paper: Zheng et al. (2025, arXiv 2509.16117). Deviates from the paper: advantages in
 * units of reward, where its code divides by a standard deviation and has 5 as the
 * scale; the policy itself draws, where a running average of it can; no further pull to
 * the reference (1e-4 in the code); the loss as {@linkcode negativeAwareLoss}.
 *
 * @param options.scale The advantage that counts in full, positive; 1 when left out.
 * @returns The method, swept over beta, more than 0: the curvature of the loss, by which
 * a step is divided.
 * @throws {TypeError} If an option has an unknown name.
 * @throws {RangeError} If the scale is not positive.
 *
 * @example
 * ```ts
 * import { arm, diffusionNft } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const sweep = arm(diffusionNft(), [0.1, 1]);
 * assertEquals(sweep.method.name, "DiffusionNFT");
 * assertEquals(sweep.method.comparesOld, true);
 * ```
 */
export function diffusionNft(
  options: { scale?: number } = {},
): Method<FlowVelocities> {
  assertKnown("the options of diffusionNft", options, ["scale"]);
  const { scale = 1 } = options;
  assertPositive("scale", scale);
  return {
    name: nameOf("DiffusionNFT", scale === 1 ? undefined : `scale ${scale}`),
    coefficient: "beta",
    look: { color: "#117733", dash: "dash", symbol: "hourglass" },
    positive: true,
    comparesOld: true,
    terms(beta, rewards) {
      const A = tf.div(flow.advantages(rewards), scale);
      const counted = clipAdvantages(A, { min: -1, max: 1 });
      const optimality = tf.div(tf.add(counted, 1), 2);
      return {
        objective: ({ vt, ut, vOld }) =>
          tf.mul(
            scale,
            negativeAwareLoss(
              { vt, ut, vOld: oldOf(vOld), optimality },
              { beta },
            ),
          ),
        beta,
      };
    },
  };
}
