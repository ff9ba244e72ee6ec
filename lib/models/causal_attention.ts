import { type Tensor, tf } from "../tf/backend.ts";
import { type AttentionWeights } from "./attention.ts";

/** Keys and values of the tokens read, each `[M * N, heads, read, size]`. */
export type KeysAndValues = {
  key: Tensor;
  value: Tensor;
};

/** What is added to the score of a token that is still to come. */
const hidden = -1e9;

/**
 * Multi-head attention of each token to itself and the tokens before it,
 * `softmax(q k' / sqrt(size) + mask) v` a head (Vaswani et al. 2017, arXiv
 * 1706.03762, eq. 1 and section 3.2.3).
 *
 * @param h New tokens, `[M, N * S, width]`, those of a sequence together.
 * @param weights The weights of the members.
 * @param past Keys and values of the tokens before them, if any.
 * @param options `tokens` S of a sequence and `heads`, which divides the width.
 * @returns `mixed`, `[M, N * S, width]`, and the keys and values of all tokens;
 * gradients reach `h`, `weights` and `past`; the caller disposes them.
 */
export function causalAttention(
  h: Tensor,
  weights: AttentionWeights,
  past: KeysAndValues | undefined,
  { tokens, heads }: { tokens: number; heads: number },
): KeysAndValues & { mixed: Tensor } {
  const size = h.shape[2]! / heads;
  const perHead = (projection: Tensor) =>
    tf.transpose(
      tf.reshape(tf.matMul(h, projection), [-1, tokens, heads, size]),
      [0, 2, 1, 3], // [M*N, heads, S, size]
    );
  return tf.tidy(() => {
    // The weights are scaled, not the scores: there are far fewer of them.
    const query = perHead(tf.div(weights.query, Math.sqrt(size)));
    const newKey = perHead(weights.key);
    const newValue = perHead(weights.value);
    const key = past ? tf.concat([past.key, newKey], 2) : newKey;
    const value = past ? tf.concat([past.value, newValue], 2) : newValue;
    const scores = tf.matMul(query, key, false, true); // [M*N, heads, S, read]
    const seen = tokens === 1
      ? scores // One new token sees all that has been read.
      : tf.add(scores, causalMask(tokens, key.shape[2]!));
    const heard = tf.matMul(tf.softmax(seen), value);
    const merged = tf.reshape(tf.transpose(heard, [0, 2, 1, 3]), h.shape);
    return { mixed: tf.matMul(merged, weights.merge), key, value };
  });
}

/** `[tokens, read]`: 0 for what a token sees; the last `tokens` read are the new. */
function causalMask(tokens: number, read: number): Tensor {
  const before = read - tokens;
  const rows = Array.from(
    { length: tokens },
    (_, i) =>
      Array.from({ length: read }, (_, j) => j <= before + i ? 0 : hidden),
  );
  return tf.tensor2d(rows);
}
