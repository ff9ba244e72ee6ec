import { type Tensor, tf } from "../tf/backend.ts";
import { carryNan } from "../tf/carry_nan.ts";
import { type Mixture } from "./mixture.ts";
import { assertPoints, squaredModeDistances } from "./points.ts";

const sigmas = 3;

/**
 * Tells which points lie on the data manifold of a mixture: within three
 * standard deviations of the mode that is nearest. Of the mixture's own samples
 * 1 - exp(-9/2) = 98.9% do.
 *
 *     on(x) = 1 if min_k |x - means[k]| <= 3 std, else 0
 *
 * @param mixture The mixture.
 * @param x Points, `[..., N, 2]`.
 * @returns Zeros and ones, NaN for a point with a NaN, float32 `[..., N]`, which the
 * caller disposes.
 * @throws {TypeError} If x has another shape.
 *
 * @example
 * ```ts
 * import { onManifold, ringMixture, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const on = tf.tidy(() => onManifold(ringMixture(), tf.tensor2d([[2.5, 0], [2.7, 0]])));
 * assertEquals(await on.array(), [1, 0]);
 * on.dispose();
 * ```
 */
export function onManifold(mixture: Mixture, x: Tensor): Tensor {
  assertPoints(x);
  return tf.tidy(() => {
    const nearest = tf.min(squaredModeDistances(mixture, x), -1);
    const near = tf.lessEqual(nearest, (sigmas * mixture.std) ** 2);
    return carryNan(x, tf.cast(near, "float32"));
  });
}
