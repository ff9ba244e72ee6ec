import { type Tensor, tf } from "../tf/backend.ts";
import { type AttentionWeights } from "./attention.ts";

/** Keys and values of tokens, each `[M * N, heads, tokens, size]`. */
export type KeysAndValues = {
  key: Tensor;
  value: Tensor;
};

/**
 * Multi-head attention of each token to itself and the tokens before it,
 * `softmax(q k' / sqrt(size) + mask) v` a head (Vaswani et al. 2017, arXiv
 * 1706.03762, eq. 1 and section 3.2.3).
 *
 * @param h New tokens, `[M, N * S, width]`, those of a sequence together.
 * @param weights The weights of the members.
 * @param options `tokens` S of a sequence; `heads`, which divides the width; `mask`,
 * `[S, L]`, what is added to the score of each place; and `past`, if there are
 * places beside those of the new tokens: what is in them, 0 where none was read yet,
 * and where the new ones are `placed`, 1 in `[S, L]`.
 * @returns `mixed`, `[M, N * S, width]`, and the keys and values of all L places;
 * gradients reach `h` and `weights`; the caller disposes them.
 */
export function causalAttention(
  h: Tensor,
  weights: AttentionWeights,
  { tokens, heads, mask, past }: {
    tokens: number;
    heads: number;
    mask: Tensor;
    past?: KeysAndValues & { placed: Tensor };
  },
): KeysAndValues & { mixed: Tensor } {
  const size = h.shape[2]! / heads;
  const perHead = (projection: Tensor) =>
    tf.transpose(
      tf.reshape(tf.matMul(h, projection), [-1, tokens, heads, size]),
      [0, 2, 1, 3], // [M*N, heads, S, size]
    );
  return tf.tidy(() => {
    const remember = (before: Tensor | undefined, now: Tensor) =>
      past ? tf.add(before!, spread(now, past.placed)) : now;
    // The weights are scaled, not the scores: there are far fewer of them.
    const query = perHead(tf.div(weights.query, Math.sqrt(size)));
    const key = remember(past?.key, perHead(weights.key));
    const value = remember(past?.value, perHead(weights.value));
    const scores = tf.matMul(query, key, false, true); // [M*N, heads, S, L]
    const heard = tf.matMul(tf.softmax(tf.add(scores, mask)), value);
    const merged = tf.reshape(tf.transpose(heard, [0, 2, 1, 3]), h.shape);
    return { mixed: tf.matMul(merged, weights.merge), key, value };
  });
}

/** Puts what belongs to new tokens, `[..., S, size]`, in their places, `[..., L, size]`. */
function spread(now: Tensor, placed: Tensor): Tensor {
  const [tokens, places] = placed.shape as [number, number];
  return tokens === 1
    ? tf.mul(now, placed.as4D(1, 1, places, 1)) // Faster than many tiny products.
    : tf.matMul(placed.as4D(1, 1, tokens, places), now as never, true);
}
