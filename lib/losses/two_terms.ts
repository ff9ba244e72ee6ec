import { type Tensor, tf } from "../tf/backend.ts";
import { flowMatchingLoss } from "./flow_matching.ts";
import { w2Penalty } from "./w2_penalty.ts";

/** The velocities that a regularised flow-matching loss compares, `[..., D]`. */
export interface FlowVelocities {
  /** The model's. */
  vt: Tensor;
  /** The path's. */
  ut: Tensor;
  /** The frozen reference's. */
  vRef: Tensor;
}

/**
 * `weight |vt - ut|^2 + beta |vt - vRef|^2`, sample by sample: what the
 * flow-matching methods share. In `vt` its curvature is `weight + beta`.
 *
 * @param velocities `[..., D]`.
 * @param coefficients Numbers or tensors that broadcast against `[...]`.
 * @returns `[...]`, which the caller disposes.
 * @throws {TypeError} If the shapes of the velocities differ.
 */
export function twoTerms(
  { vt, ut, vRef }: FlowVelocities,
  { weight, beta }: { weight: number | Tensor; beta: number | Tensor },
): Tensor {
  return tf.tidy(() =>
    tf.add(
      tf.mul(weight, flowMatchingLoss({ vt, ut })),
      tf.mul(beta, w2Penalty({ vt, vRef })),
    )
  );
}
