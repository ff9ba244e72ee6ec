import { type Tensor, tf } from "../tf/backend.ts";

/**
 * Returns the context of each sample of a population, in context-major order:
 * `0 0 0 1 1 1 ...`.
 *
 * @param contexts How many contexts there are.
 * @param perContext Samples of each context.
 * @returns int32 `[contexts * perContext]`, which the caller disposes.
 *
 * @example
 * ```ts
 * import { contextIds } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const c = contextIds(2, 3);
 * assertEquals(await c.array(), [0, 0, 0, 1, 1, 1]);
 * c.dispose();
 * ```
 */
export function contextIds(contexts: number, perContext: number): Tensor {
  return tf.tidy(() => {
    const ids = tf.range(0, contexts, 1, "int32");
    return tf.reshape(tf.tile(tf.expandDims(ids, 1), [1, perContext]), [-1]);
  });
}
