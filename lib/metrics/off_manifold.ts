import { type Tensor, tf } from "../tf/backend.ts";
import { type Mixture } from "../data/mixture.ts";
import { onManifold } from "../data/on_manifold.ts";

/**
 * Returns the share of samples that lie off the data manifold, beyond three
 * standard deviations of every mode (see {@linkcode onManifold}). The mixture's own
 * samples have exp(-9/2) = 1.1%.
 *
 * @param mixture The mixture of the modes.
 * @param x Samples, `[..., N, 2]`.
 * @returns Shares in [0, 1], `[...]`, which the caller disposes.
 * @throws {TypeError} If x has another shape.
 *
 * @example
 * ```ts
 * import { offManifold, ringMixture, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const off = tf.tidy(() =>
 *   offManifold(ringMixture(), tf.tensor3d([[[2, 0], [0, 0], [0, 2], [-2, 0]]]))
 * );
 * assertEquals(await off.array(), [0.25]);
 * off.dispose();
 * ```
 */
export function offManifold(mixture: Mixture, x: Tensor): Tensor {
  return tf.tidy(() => tf.sub(1, tf.mean(onManifold(mixture, x), -1)));
}
