import { type Tensor } from "../tf/backend.ts";
import { meanSquaredDistance } from "./mean_squared_distance.ts";

/**
 * The flow-matching loss, sample by sample:
 *
 *     L = mean_D (vt - ut)^2
 *
 * Paper: Lipman et al. (2023, arXiv 2210.02747), eq. 9; Esser et al. (2024, arXiv
 * 2403.03206), eq. 8. Deviates from the papers: the mean over D in place of the sum,
 * as in the ORW-CFM-W2 authors' code; unreduced over samples.
 *
 * @param velocities `vt`, the model's, and `ut`, the path's, `[..., D]`.
 * @returns `[...]`; the gradient reaches both, and in training only `vt` depends on
 * parameters; the caller disposes it.
 * @throws {TypeError} If the shapes differ, or are empty or scalar.
 *
 * @example
 * ```ts
 * import { flowMatchingLoss, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const loss = tf.tidy(() =>
 *   flowMatchingLoss({ vt: tf.tensor2d([[1, 3]]), ut: tf.tensor2d([[0, 1]]) })
 * );
 * assertEquals(await loss.array(), [2.5]); // (1^2 + 2^2) / 2
 * loss.dispose();
 * ```
 */
export function flowMatchingLoss(
  { vt, ut }: { vt: Tensor; ut: Tensor },
): Tensor {
  return meanSquaredDistance({ vt, ut });
}
