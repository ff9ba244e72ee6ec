import { type Tensor, tf } from "../tf/backend.ts";
import { type Mixture } from "../data/mixture.ts";
import { onManifold } from "../data/on_manifold.ts";
import { assertPoints, squaredModeDistances } from "../data/points.ts";
import { splitContexts } from "./split_contexts.ts";

/**
 * Assigns each point to the nearest mode, or to none when it lies off the data
 * manifold.
 *
 * @param mixture The mixture of the modes.
 * @param x Points, `[..., N, 2]`.
 * @returns One-hot rows, or rows of zeros, `[..., N, modes]`.
 */
export function assignModes(mixture: Mixture, x: Tensor): Tensor {
  return tf.tidy(() => {
    const nearest = tf.argMin(squaredModeDistances(mixture, x), -1);
    const modes = tf.range(0, mixture.means.length, 1, "int32");
    const isNearest = tf.equal(tf.expandDims(nearest, -1), modes);
    return tf.mul(
      tf.cast(isNearest, "float32"),
      tf.expandDims(onManifold(mixture, x), -1),
    );
  });
}

/**
 * Returns the share of the samples of each context that lie on each mode:
 *
 *     share[c][k] = (1 / K) sum_{i in c} [k is the mode nearest to x_i and x_i is on the manifold].
 *
 * Shares of a context sum to 1 less its share off the manifold (see
 * {@linkcode offManifold}).
 *
 * @param mixture The mixture of the modes, with C contexts.
 * @param x Samples, `[M, N, 2]`, N = C * K in context-major order.
 * @returns Shares `[M, C, modes]`, which the caller disposes.
 * @throws {TypeError} If x has another shape or N is no multiple of C.
 *
 * @example
 * ```ts
 * import { modeShares, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const mixture = { means: [[-1, 0], [1, 0]], std: 0.1, weights: [[0.5, 0.5]] } as const;
 * const shares = tf.tidy(() =>
 *   modeShares(mixture, tf.tensor3d([[[1, 0], [1.1, 0], [-1, 0], [0, 0]]]))
 * );
 * assertEquals(await shares.array(), [[[0.25, 0.5]]]);
 * shares.dispose();
 * ```
 */
export function modeShares(mixture: Mixture, x: Tensor): Tensor {
  assertPoints(x);
  return tf.tidy(() => {
    const groups = splitContexts(x, mixture.weights.length); // [M, C, K, 2]
    return tf.mean(assignModes(mixture, groups), -2);
  });
}
