import { type Tensor, tf } from "../../tf/backend.ts";
import { type Angles, rotate } from "../layers/rotary.ts";

/** Queries, keys and values of new tokens, `[B, T, heads, headSize]`, not yet turned. */
export type Projections = { query: Tensor; key: Tensor; value: Tensor };

/** Turned keys, and values, of one block. */
export type KeysAndValues = { key: Tensor; value: Tensor };

/** What attention mixes of the values, `[B * T, heads * headSize]`, and what to remember. */
export type Attended = { mixed: Tensor; memory?: KeysAndValues };

/**
 * Attention of whole sequences: each place to itself and those before it,
 * `softmax(q k' / sqrt(headSize) + mask) v` (Vaswani et al. 2017, arXiv 1706.03762, eq.
 * 1), where a group of heads shares its keys and values (Ainslie et al. 2023, arXiv
 * 2305.13245, section 2.2).
 *
 * @param projections Of `[B, T]` tokens.
 * @param places The angles of the places, each `[T, 1, headSize]`, and the mask, `[T,
 * T]`.
 * @returns What is mixed, and keys and values, `[B, groups, T, headSize]`; gradients
 * reach the projections.
 */
export function attendCausally(
  { query, key, value }: Projections,
  { angles, mask }: { angles: Angles; mask: Tensor },
): Required<Attended> {
  const [batch, length, heads, size] = query.shape as number[];
  const groups = key.shape[2]!;
  const byHead = (x: Tensor) => tf.transpose(x, [0, 2, 1, 3]);
  const memory = { key: byHead(rotate(key, angles)), value: byHead(value) };
  // The heads of a group share its keys: they are further rows of one product.
  const grouped = [batch, groups, (heads / groups) * length];
  const queries = tf.reshape(
    byHead(rotate(query, shrunk(angles, size))),
    [...grouped, size],
  );
  const scores = tf.reshape(
    tf.matMul(queries, memory.key, false, true),
    [batch, heads, length, length],
  );
  const shares = tf.softmax(tf.add(scores, mask));
  const mixed = tf.reshape(
    tf.matMul(tf.reshape(shares, [...grouped, length]), memory.value),
    [batch, heads, length, size],
  );
  return {
    mixed: tf.reshape(byHead(mixed), [batch * length, heads * size]),
    memory,
  };
}

/** Angles that divide by sqrt(size) as they turn: there are fewer of them than queries. */
export function shrunk({ cos, sin }: Angles, size: number): Angles {
  const root = Math.sqrt(size);
  return { cos: tf.div(cos, root), sin: tf.div(sin, root) };
}
