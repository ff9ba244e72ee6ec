import { type Tensor, tf } from "../tf/backend.ts";
import { uniform } from "../tf/random.ts";

/**
 * Standard Gumbel noise: the place of the largest of logits plus noise is a draw from
 * their softmax (Maddison et al. 2014, arXiv 1411.0030, section 2).
 *
 * @param keys int32 `[M, 2]`.
 * @param shape The noise of a key.
 * @returns `[M, ...shape]`, which the caller disposes.
 */
export function gumbelNoise(keys: Tensor, shape: readonly number[]): Tensor {
  // Below the least positive draw, so that the noise is finite at a draw of 0.
  return tf.tidy(() => {
    const u = tf.maximum(uniform(keys, shape), 2 ** -26);
    return tf.neg(tf.log(tf.neg(tf.log(u))));
  });
}
