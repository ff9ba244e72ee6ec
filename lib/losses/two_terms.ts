import { type Tensor, tf } from "../tf/backend.ts";
import { assertCoefficient, assertPerEvent } from "../tf/check.ts";
import { flowMatchingLoss } from "./flow_matching.ts";
import { w2Penalty } from "./w2_penalty.ts";

/** The velocities that a regularised flow-matching loss compares, `[..., D]`. */
export type FlowVelocities = {
  /** The model's. */
  vt: Tensor;
  /** The path's. */
  ut: Tensor;
  /** The frozen reference's. */
  vRef: Tensor;
};

/**
 * What the regularised flow-matching methods share, sample by sample:
 *
 *     weight |vt - ut|^2 + beta |vt - vRef|^2,   |.|^2 the mean over D.
 *
 * Its curvature in `vt` is weight + beta: a sample without a positive sum has no
 * minimum.
 *
 * @param velocities `vt`, `ut` and `vRef`, `[..., D]`.
 * @param coefficients `weight`, `[...]`, of any sign; `beta`, a number of 0 or more,
 * or a tensor of any sign that broadcasts against `[...]`.
 * @returns `[...]`; the gradient reaches every input, and in training only `vt`
 * depends on parameters; the caller disposes it.
 * @throws {TypeError} If the shapes do not fit.
 * @throws {RangeError} If `beta` is a negative or non-finite number.
 *
 * @example
 * ```ts
 * import { tf, twoTerms } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const loss = tf.tidy(() =>
 *   twoTerms({
 *     vt: tf.tensor2d([[1, 1]]),
 *     ut: tf.tensor2d([[0, 1]]),
 *     vRef: tf.tensor2d([[3, 1]]),
 *   }, { weight: tf.tensor1d([3]), beta: 2 })
 * );
 * assertEquals(await loss.array(), [5.5]); // 3 * (1 + 0) / 2 + 2 * (4 + 0) / 2
 * loss.dispose();
 * ```
 */
export function twoTerms(
  { vt, ut, vRef }: FlowVelocities,
  { weight, beta }: { weight: Tensor; beta: number | Tensor },
): Tensor {
  assertPerEvent({ weight }, { vt });
  assertCoefficient("beta", beta, weight.shape);
  return tf.tidy(() =>
    tf.add(
      tf.mul(weight, flowMatchingLoss({ vt, ut })),
      tf.mul(beta, w2Penalty({ vt, vRef })),
    )
  );
}
