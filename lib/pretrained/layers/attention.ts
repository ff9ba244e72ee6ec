import { type Tensor, tf } from "../../tf/backend.ts";

/** What is added to the score of a place that is not read. */
export const unread = -1e9;

/** What is added to the score of each place, `[T, T]`: -1e9 for those that come later. */
export function laterPlaces(length: number): Tensor {
  const places = tf.range(0, length, 1, "int32");
  const later = tf.greater(places, tf.expandDims(places, 1));
  return tf.mul(tf.cast(later, "float32"), unread);
}

/** `[B, T, heads * size]` to `[B, heads, T, size]`. */
export function perHead(x: Tensor, heads: number): Tensor {
  const [batch, tokens, width] = x.shape;
  const parted = tf.reshape(x, [batch, tokens, heads, width! / heads]);
  return tf.transpose(parted, [0, 2, 1, 3]);
}

/** `[B, heads, T, size]` to `[B, T, heads * size]`. */
export function joinHeads(x: Tensor): Tensor {
  const [batch, heads, tokens, size] = x.shape;
  const ordered = tf.transpose(x, [0, 2, 1, 3]);
  return tf.reshape(ordered, [batch, tokens, heads * size!]);
}

/**
 * `softmax(q k' / sqrt(size) + bias) v` a head (Vaswani et al. 2017, arXiv 1706.03762,
 * eq. 1).
 *
 * @param parts `query`, `key` and `value`, `[B, heads, T, size]`; `bias`, what is
 * added to the scores, which broadcasts against `[B, heads, T, keys]`.
 * @returns `[B, T, heads * size]`; gradients reach all parts; the caller disposes it.
 */
export function attention(
  { query, key, value, bias }: {
    query: Tensor;
    key: Tensor;
    value: Tensor;
    bias?: Tensor;
  },
): Tensor {
  return tf.tidy(() => {
    const scaled = tf.mul(query, 1 / Math.sqrt(query.shape[3]!));
    const scores = tf.matMul(scaled, key, false, true);
    const attended = tf.softmax(bias ? tf.add(scores, bias) : scores);
    return joinHeads(tf.matMul(attended, value));
  });
}
