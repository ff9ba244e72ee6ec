import { type Tensor, tf } from "../tf/backend.ts";
import { assertSameShape } from "../tf/check.ts";

/**
 * The KL divergence of the next-token distributions, summed over the vocabulary,
 * in nats,
 *
 *     KL(p_t | pRef_t) = sum_v p_t(v) (log p_t(v) - log pRef_t(v)),   p = softmax(logits).
 *
 * No sampling error in value or gradient, where estimators see the one token drawn.
 * It is the divergence at the prefixes given: how a token changes what follows is
 * left out, as with every token by token estimator.
 *
 * @param policies.logits Logits of the policy, `[..., T, V]`.
 * @param policies.logitsRef Logits of the reference, the same shape.
 * @returns `[..., T]`; the gradient reaches both; the caller disposes it.
 * @throws {TypeError} If the shapes differ or have fewer than two axes.
 *
 * @example
 * ```ts
 * import { klExact, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const kl = tf.tidy(() =>
 *   klExact({
 *     logits: tf.log(tf.tensor2d([[0.75, 0.25]])),
 *     logitsRef: tf.zeros([1, 2]),
 *   })
 * );
 * // 0.75 ln 1.5 + 0.25 ln 0.5
 * assertAlmostEquals((await kl.data())[0], 0.130812, 1e-6);
 * kl.dispose();
 * ```
 */
export function klExact(
  { logits, logitsRef }: { logits: Tensor; logitsRef: Tensor },
): Tensor {
  assertSameShape({ logits, logitsRef });
  if (logits.rank < 2) {
    throw new TypeError(
      `Expected logits of shape [..., T, V], got [${logits.shape}]`,
    );
  }
  return tf.tidy(() => {
    const logp = tf.logSoftmax(logits);
    const logRatio = tf.sub(logp, tf.logSoftmax(logitsRef));
    return tf.sum(tf.mul(tf.exp(logp), logRatio), -1);
  });
}
