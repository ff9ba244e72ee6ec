import { type Tensor } from "../tf/backend.ts";
import { meanSquaredDistance } from "./mean_squared_distance.ts";

/**
 * The Wasserstein-2 regulariser of flow matching, sample by sample:
 *
 *     D = mean_D (vt - vRef)^2
 *
 * Averaged over times and samples it bounds, up to a constant, the squared
 * 2-Wasserstein distance between the policy and the reference.
 *
 * Paper: Fan et al. (2025, arXiv 2502.06061), theorem 3, without its Lipschitz
 * factor. Deviates from the paper: the mean over D, as in the authors' code;
 * unreduced.
 *
 * @param velocities `vt`, the model's, and `vRef`, the frozen reference's, at the
 * same points and times, `[..., D]`.
 * @returns `[...]`; the gradient reaches both, and in training only `vt` depends on
 * parameters; the caller disposes it.
 * @throws {TypeError} If the shapes differ, or are empty or scalar.
 *
 * @example
 * ```ts
 * import { tf, w2Penalty } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const penalty = tf.tidy(() =>
 *   w2Penalty({ vt: tf.tensor2d([[2, 0]]), vRef: tf.tensor2d([[0, 0]]) })
 * );
 * assertEquals(await penalty.array(), [2]); // 2^2 / 2
 * penalty.dispose();
 * ```
 */
export function w2Penalty({ vt, vRef }: { vt: Tensor; vRef: Tensor }): Tensor {
  return meanSquaredDistance({ vt, vRef });
}
