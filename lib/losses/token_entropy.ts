import { type Tensor, tf } from "../tf/backend.ts";

/**
 * The entropy of the next-token distribution, in nats,
 *
 *     H_t = -sum_v p_t(v) log p_t(v),   p = softmax(logits).
 *
 * Subtracted from a loss with a weight it is the entropy bonus (Williams and Peng
 * 1991; Mnih et al. 2016, arXiv 1602.01783, section 4).
 *
 * @param logits `[..., T, V]`.
 * @returns `[..., T]`; the gradient reaches `logits`; the caller disposes it.
 * @throws {TypeError} If logits have fewer than two axes.
 *
 * @example
 * ```ts
 * import { tf, tokenEntropy } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const entropy = tf.tidy(() => tokenEntropy(tf.zeros([1, 8])));
 * assertAlmostEquals((await entropy.data())[0], Math.log(8), 1e-6);
 * entropy.dispose();
 * ```
 */
export function tokenEntropy(logits: Tensor): Tensor {
  if (logits.rank < 2) {
    throw new TypeError(
      `Expected logits of shape [..., T, V], got [${logits.shape}]`,
    );
  }
  return tf.tidy(() => {
    const logp = tf.logSoftmax(logits);
    return tf.neg(tf.sum(tf.mul(tf.exp(logp), logp), -1));
  });
}
