import { type Tensor, tf } from "../tf/backend.ts";

/**
 * Parts the samples of a population by context.
 *
 * @param x Samples, `[M, N, D]`, N = C * K in context-major order.
 * @param contexts The number of contexts, C.
 * @returns The same values as `[M, C, K, D]`, which the caller disposes.
 * @throws {TypeError} If x has another rank or N is no multiple of C.
 *
 * @example
 * ```ts
 * import { splitContexts, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const groups = tf.tidy(() => splitContexts(tf.ones([5, 12, 2]), 4));
 * assertEquals(groups.shape, [5, 4, 3, 2]);
 * groups.dispose();
 * ```
 */
export function splitContexts(x: Tensor, contexts: number): Tensor {
  const [members, samples, dim] = x.shape;
  if (x.rank !== 3 || samples === 0 || samples % contexts !== 0) {
    throw new TypeError(
      `Expected x of shape [M, N, D] with N a multiple of ${contexts} contexts, got [${x.shape}]`,
    );
  }
  return tf.reshape(x, [members, contexts, samples / contexts, dim]);
}
