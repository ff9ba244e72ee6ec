import { type Tensor, tf } from "../tf/backend.ts";
import { type Angles, rotate } from "./rotary.ts";

/** Queries, keys and values of new tokens, `[B, T, heads, headSize]`, not yet turned. */
export type Projections = { query: Tensor; key: Tensor; value: Tensor };

/** What is added to the score of a place that is not read. */
export const unread = -1e9;

/** What is added to the score of each place, `[T, T]`: -1e9 for those that come later. */
export function laterPlaces(length: number): Tensor {
  const places = tf.range(0, length, 1, "int32");
  const later = tf.greater(places, tf.expandDims(places, 1));
  return tf.mul(tf.cast(later, "float32"), unread);
}

/** Attention of whole sequences: each place to itself and those before it. */
export function attendCausally(
  { query, key, value }: Projections,
  { angles, mask, remember }: {
    angles: Angles;
    mask: Tensor;
    /** Gets the turned keys and the values, `[B, groups, T, headSize]`. */
    remember?: (key: Tensor, value: Tensor) => void;
  },
): Tensor {
  const [batch, length, heads, size] = query.shape as number[];
  const groups = key.shape[2]!;
  const byHead = (x: Tensor) => tf.transpose(x, [0, 2, 1, 3]);
  const keys = byHead(rotate(key, angles));
  const values = byHead(value);
  remember?.(keys, values);
  // The heads of a group share its keys: they are further rows of one product.
  const grouped = [batch, groups, (heads / groups) * length];
  const queries = tf.reshape(
    byHead(rotate(tf.mul(query, size ** -0.5), angles)),
    [...grouped, size],
  );
  const scores = tf.reshape(
    tf.matMul(queries, keys, false, true),
    [batch, heads, length, length],
  );
  const shares = tf.softmax(tf.add(scores, mask));
  const mixed = tf.matMul(tf.reshape(shares, [...grouped, length]), values);
  return tf.reshape(
    byHead(tf.reshape(mixed, [batch, heads, length, size])),
    [batch * length, heads * size],
  );
}
