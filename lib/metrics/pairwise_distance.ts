import { type Tensor, tf } from "../tf/backend.ts";
import { splitContexts } from "./split_contexts.ts";

/**
 * Returns the mean distance between two different samples of the same context:
 *
 *     1 / (K (K - 1)) sum_{i != j} |x_i - x_j|
 *
 * A diversity that needs no classifier; 0 when all samples are the same.
 *
 * @param x Samples, `[M, N, D]`, N = C * K in context-major order, K at least 2.
 * @param options.contexts The number of contexts, C.
 * @returns Distances `[M, C]`, in the units of x, which the caller disposes.
 * @throws {TypeError} If x has another rank or N is no multiple of C.
 * @throws {RangeError} If a context has fewer than two samples.
 *
 * @example
 * ```ts
 * import { pairwiseDistance, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const mean = tf.tidy(() =>
 *   pairwiseDistance(tf.tensor3d([[[0, 0], [3, 0], [0, 4]]]), { contexts: 1 })
 * );
 * assertAlmostEquals((await mean.data())[0], (3 + 4 + 5) / 3, 1e-5);
 * mean.dispose();
 * ```
 */
export function pairwiseDistance(
  x: Tensor,
  { contexts }: { contexts: number },
): Tensor {
  return tf.tidy(() => {
    const groups = splitContexts(x, contexts);
    const perContext = groups.shape[2]!;
    if (perContext < 2) {
      throw new RangeError(
        `Expected at least 2 samples of a context, got ${perContext}`,
      );
    }
    // Centred first: |a|^2 + |b|^2 - 2 ab cancels badly far from the origin.
    const centred = tf.sub(groups, tf.mean(groups, 2, true));
    const products = tf.matMul(centred, centred, false, true); // [M, C, K, K]
    const norms = tf.sum(tf.square(centred), -1, true); // [M, C, K, 1]
    const squared = tf.sub(
      tf.add(norms, tf.transpose(norms, [0, 1, 3, 2])),
      tf.mul(products, 2),
    );
    const distinct = tf.sub(1, tf.eye(perContext));
    const distances = tf.mul(tf.sqrt(tf.relu(squared)), distinct);
    return tf.div(tf.sum(distances, [2, 3]), perContext * (perContext - 1));
  });
}
