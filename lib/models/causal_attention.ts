import { type Tensor, tf } from "../tf/backend.ts";
import { type AttentionWeights } from "./attention.ts";

/** Keys and values by place, each `[places, M * N, heads, size]`. */
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
 * places beside those of the new tokens: what is in them, and the `places` of the new
 * ones, int32 `[S]`.
 * @returns `mixed`, `[M, N * S, width]`, and after a `past` the keys and values of all
 * L places; gradients reach `h` and `weights`; the caller disposes them.
 */
export function causalAttention(
  h: Tensor,
  weights: AttentionWeights,
  { tokens, heads, mask, past }: {
    tokens: number;
    heads: number;
    mask: Tensor;
    past?: KeysAndValues & { places: Tensor };
  },
): { mixed: Tensor; memory?: KeysAndValues } {
  const size = h.shape[2]! / heads;
  const project = (projection: Tensor) =>
    tf.reshape(tf.matMul(h, projection), [-1, tokens, heads, size]);
  return tf.tidy(() => {
    // The weights are scaled, not the scores: there are far fewer of them.
    const query = project(tf.div(weights.query, Math.sqrt(size)));
    const [key, value] = [project(weights.key), project(weights.value)];
    const memory = past && {
      key: put(past.key, past.places, key),
      value: put(past.value, past.places, value),
    };
    // [M*N, heads, L, size]
    const perHead = (x: Tensor) => tf.transpose(x, [0, 2, 1, 3]);
    const seen = (now: Tensor, all?: Tensor) =>
      all ? tf.transpose(all, [1, 2, 0, 3]) : perHead(now);
    const keys = seen(key, memory?.key);
    const scores = tf.matMul(perHead(query), keys, false, true);
    const shares = tf.softmax(tf.add(scores, mask)); // [M*N, heads, S, L]
    const heard = tf.matMul(shares, seen(value, memory?.value));
    const merged = tf.reshape(perHead(heard), h.shape);
    return { mixed: tf.matMul(merged, weights.merge), memory };
  });
}

/** Writes what belongs to new tokens, `[M * N, S, ...]`, in their places: in a loop, in place. */
function put(before: Tensor, places: Tensor, now: Tensor): Tensor {
  const byPlace = tf.transpose(now, [1, 0, 2, 3]);
  const rows = tf.expandDims(places, 1);
  return tf.tensorScatterUpdate(before, rows, byPlace) as Tensor;
}
