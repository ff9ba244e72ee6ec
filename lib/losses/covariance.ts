import { type Tensor, tf } from "../tf/backend.ts";
import { assertSameShape } from "../tf/check.ts";
import { memberTokenMean } from "./reductions.ts";

/**
 * What each token of a member adds to the covariance of advantage and log-probability,
 *
 *     (A - mean A) (logp - mean logp),   means over the member's tokens that count.
 *
 * A policy gradient lowers the entropy by about the sum of these: it is the likely
 * tokens of good answers that take it.
 *
 * Paper: Cui et al. (2025, arXiv 2505.22617), the token-wise covariance of its section
 * on covariances. Deviates from the paper: nothing.
 *
 * @param inputs `logp`, `[M, ..., T]`, in nats; `advantages`, `[M, ...]`, one a
 * sequence; `mask`, the shape of `logp`: 1 for a token, 0 for padding.
 * @returns `[M, ..., T]`; the gradient reaches the log-probabilities and the
 * advantages; the caller disposes it.
 * @throws {TypeError} If the shapes do not fit.
 *
 * @example
 * ```ts
 * import { tf, tokenCovariances } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const covariances = tf.tidy(() =>
 *   tokenCovariances({
 *     logp: tf.tensor3d([[[-1, -3], [-2, -2]]]),
 *     advantages: tf.tensor2d([[1, -1]]),
 *     mask: tf.ones([1, 2, 2]),
 *   })
 * );
 * assertEquals(await covariances.array(), [[[1, -1], [-0, -0]]]);
 * covariances.dispose();
 * ```
 */
export function tokenCovariances(
  { logp, advantages, mask }: {
    logp: Tensor;
    advantages: Tensor;
    mask: Tensor;
  },
): Tensor {
  assertSameShape({ logp, mask });
  return tf.tidy(() => {
    const each = tf.add(tf.expandDims(advantages, -1), tf.zerosLike(logp));
    assertSameShape({ logp, advantages: each });
    const centred = (values: Tensor) =>
      tf.sub(values, perMember(memberTokenMean(values, mask), values));
    return tf.mul(centred(each), centred(logp));
  });
}

/**
 * The tokens of the highest values among those that may be chosen, so many of each
 * member. Ties go to the token that comes first.
 *
 * @param values `[M, ..., T]`.
 * @param options.allowed The same shape: 1 for a token that may be chosen, else 0.
 * @param options.count How many to choose at most of each member, `[M]`, whole numbers.
 * @returns 1 for a chosen token, else 0, the shape of `values`, which has no gradient;
 * the caller disposes it.
 * @throws {TypeError} If the shapes differ.
 *
 * @example
 * ```ts
 * import { highestTokens, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const chosen = highestTokens(tf.tensor2d([[3, 5, 4, 1]]), {
 *   allowed: tf.tensor2d([[1, 0, 1, 1]]),
 *   count: tf.tensor1d([2]),
 * });
 * assertEquals(await chosen.array(), [[1, 0, 1, 0]]);
 * chosen.dispose();
 * ```
 */
export function highestTokens(
  values: Tensor,
  { allowed, count }: { allowed: Tensor; count: Tensor },
): Tensor {
  assertSameShape({ values, allowed });
  return tf.tidy(() => {
    const rows = [values.shape[0], -1];
    const may = tf.reshape(tf.cast(allowed, "bool"), rows);
    const flat = tf.where(may, tf.reshape(values, rows), -Infinity);
    const size = flat.shape[1]!;
    // The order, and its inverse: the rank of each token.
    const { indices } = tf.topk(flat, size);
    const { indices: ranks } = tf.topk(
      tf.neg(tf.cast(indices, "float32")),
      size,
    );
    const among = tf.less(tf.cast(ranks, "float32"), tf.expandDims(count, -1));
    const chosen = tf.logicalAnd(among, may);
    return tf.reshape(tf.cast(chosen, "float32"), values.shape);
  });
}

/** A value a member, with axes of size 1 behind it up to the rank of others. */
function perMember(values: Tensor, { rank }: Tensor): Tensor {
  const ones = Array.from({ length: rank - 1 }, () => 1);
  return tf.reshape(values, [values.size, ...ones]);
}
