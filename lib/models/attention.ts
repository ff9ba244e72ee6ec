import { type Tensor, tf } from "../tf/backend.ts";

/** The weights of self-attention, each `[M, width, width]`. */
export interface AttentionWeights {
  query: Tensor;
  key: Tensor;
  value: Tensor;
  merge: Tensor;
}

/**
 * Multi-head self-attention over the tokens of each sample, without a mask,
 * `softmax(q k' / sqrt(size)) v` a head (Vaswani et al. 2017, arXiv 1706.03762,
 * eq. 1).
 *
 * @param h Tokens, `[M, N * T, width]`, those of a sample together.
 * @param weights The weights of the members.
 * @param options `tokens` T of a sample and `heads`, which divides the width.
 * @returns `[M, N * T, width]`; gradients reach `h` and `weights`; the caller
 * disposes it.
 */
export function selfAttention(
  h: Tensor,
  weights: AttentionWeights,
  { tokens, heads }: { tokens: number; heads: number },
): Tensor {
  const size = h.shape[2]! / heads;
  const perHead = (projection: Tensor) =>
    tf.transpose(
      tf.reshape(tf.matMul(h, projection), [-1, tokens, heads, size]),
      [0, 2, 1, 3], // [M*N, heads, T, size]
    );
  return tf.tidy(() => {
    // The weights are scaled, not the scores: there are far fewer of them.
    const query = perHead(tf.div(weights.query, Math.sqrt(size)));
    const key = perHead(weights.key);
    const value = perHead(weights.value);
    const attended = tf.softmax(tf.matMul(query, key, false, true)); // [M*N, heads, T, T]
    const mixed = tf.transpose(tf.matMul(attended, value), [0, 2, 1, 3]);
    return tf.matMul(tf.reshape(mixed, h.shape), weights.merge);
  });
}
