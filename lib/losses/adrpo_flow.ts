import { type Tensor, tf } from "../tf/backend.ts";
import { assertPerEvent } from "../tf/check.ts";
import { adaptiveBeta } from "./adaptive_beta.ts";
import { type FlowVelocities, twoTerms } from "./two_terms.ts";

/**
 * ADRPO for flow matching, sample by sample:
 *
 *     A |vt - ut|^2 + (beta0 - A) |vt - vRef|^2,   |.|^2 the mean over D.
 *
 * Up to a constant it is regression on a shifted target,
 *
 *     beta0 |vt - (vRef + (A / beta0) (ut - vRef))|^2,
 *
 * so that its curvature in `vt` is beta0 for every sample, good or bad. That holds
 * because both terms take the same A: clip advantages before, once.
 *
 * Paper: Fan et al. (2025, arXiv 2510.18053), the objective of ADRPO for flow
 * matching. Deviates from the paper: unreduced; the mean over D.
 *
 * @param inputs `vt`, `ut` and `vRef`, `[..., D]`, and `advantages`, `[...]`, in
 * units of reward.
 * @param options.beta0 The regularisation of an average sample: a number, or a
 * tensor that broadcasts against `[...]`; 0 or more. Below the largest |A| the
 * target overshoots `ut`.
 * @returns `[...]`; the gradient reaches every input, and in training only `vt`
 * depends on parameters; the caller disposes it.
 * @throws {TypeError} If the shapes do not fit.
 * @throws {RangeError} If `beta0` is a negative or non-finite number.
 *
 * @example
 * ```ts
 * import { adrpoFlowLoss, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const loss = tf.tidy(() =>
 *   adrpoFlowLoss({
 *     vt: tf.tensor2d([[1, 1]]),
 *     ut: tf.tensor2d([[0, 1]]),
 *     vRef: tf.tensor2d([[3, 1]]),
 *     advantages: tf.tensor1d([-0.5]),
 *   }, { beta0: 1 })
 * );
 * // -0.5 * (1 + 0) / 2 + (1 + 0.5) * (4 + 0) / 2
 * assertAlmostEquals((await loss.data())[0], 2.75, 1e-6);
 * loss.dispose();
 * ```
 */
export function adrpoFlowLoss(
  { advantages, ...velocities }: FlowVelocities & { advantages: Tensor },
  { beta0 }: { beta0: number | Tensor },
): Tensor {
  assertPerEvent({ advantages }, { vt: velocities.vt });
  return tf.tidy(() =>
    twoTerms(velocities, {
      weight: advantages,
      beta: adaptiveBeta(advantages, { beta0 }),
    })
  );
}
