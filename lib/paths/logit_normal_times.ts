import { type Tensor, tf } from "../tf/backend.ts";
import { assertPositive } from "../tf/check.ts";
import { normal } from "../tf/random.ts";

/**
 * Draws times that dwell in the middle of the path, as Stable Diffusion 3 does:
 *
 *     t = sigmoid(mean + std z),   z ~ N(0, 1)
 *
 * Paper: Esser et al. (2024, arXiv 2403.03206), section 3.1. Deviates from the paper:
 * time runs from noise to data, so that a positive mean favours data.
 *
 * @param keys int32 `[S, 2]`.
 * @param shape The shape of the draw of one key.
 * @param options `mean` and `std` of the logit; the paper's are 0 and 1.
 * @returns `[S, ...shape]` in [0, 1], which the caller disposes.
 * @throws {TypeError} If `keys` are not keys.
 * @throws {RangeError} If `std` is not positive or `mean` is not finite.
 *
 * @example
 * ```ts
 * import { keys, logitNormalTimes, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const t = tf.tidy(() =>
 *   tf.mean(logitNormalTimes(keys([0]), [10_000], { mean: 0, std: 1 }))
 * );
 * assertAlmostEquals((await t.data())[0], 0.5, 0.01);
 * t.dispose();
 * ```
 */
export function logitNormalTimes(
  keys: Tensor,
  shape: readonly number[],
  { mean, std }: { mean: number; std: number },
): Tensor {
  assertPositive("std", std);
  if (!Number.isFinite(mean)) {
    throw new RangeError(`Expected mean to be finite, got ${mean}`);
  }
  return tf.tidy(() =>
    tf.sigmoid(tf.add(mean, tf.mul(std, normal(keys, shape))))
  );
}
