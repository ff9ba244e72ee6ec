import { type Tensor, tf } from "./backend.ts";

/**
 * Puts back the NaNs that a comparison loses: `argMax`, `topk` and `>=` answer for
 * NaN as if it were a number.
 *
 * @param from What was compared, `[..., K]`.
 * @param values What came of it, `[..., K]` or `[...]`.
 * @returns `values`, all NaN where a row of `from` has a NaN; no gradient.
 */
export function carryNan(from: Tensor, values: Tensor): Tensor {
  const keepsAxis = values.rank === from.rank;
  return tf.tidy(() =>
    tf.where(tf.any(tf.isNaN(from), -1, keepsAxis), NaN, values)
  );
}
