import { type Tensor, tf } from "../tf/backend.ts";
import { assertSameShape } from "../tf/check.ts";

/**
 * The mean over all tokens alike, whatever sequence they belong to: a long sequence
 * counts for more than a short one.
 *
 *     sum mask loss / sum mask
 *
 * Paper: Yu et al. (2025, DAPO, arXiv 2503.14476), eq. 8. Deviates: nothing.
 *
 * @param loss `[..., T]`.
 * @param mask The same shape: 1 for a token, 0 for padding, whose loss does not
 * matter (it may be `NaN`).
 * @returns A scalar, 0 if there is no token; the gradient reaches `loss`; the caller
 * disposes it.
 * @throws {TypeError} If the shapes differ or there is no axis of tokens.
 *
 * @example
 * ```ts
 * import { tf, tokenMean } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const mean = tf.tidy(() =>
 *   tokenMean(tf.tensor2d([[1, 3, 5], [7, 9, 9]]), tf.tensor2d([[1, 1, 1], [1, 0, 0]]))
 * );
 * assertEquals(await mean.array(), (1 + 3 + 5 + 7) / 4);
 * mean.dispose();
 * ```
 */
export function tokenMean(loss: Tensor, mask: Tensor): Tensor {
  return overall(memberTokenMean, loss, mask);
}

/**
 * The mean of the means of the sequences: each counts the same, however long.
 *
 *     mean_i (sum_t mask loss / sum_t mask)
 *
 * A sequence of padding alone is left out. It is GRPO's reduction.
 *
 * Paper: Shao et al. (2024, arXiv 2402.03300), eq. 3. Deviates: nothing.
 *
 * @param loss `[..., T]`.
 * @param mask The same shape: 1 for a token, 0 for padding, whose loss does not
 * matter (it may be `NaN`).
 * @returns A scalar, 0 if there is no token; the gradient reaches `loss`; the caller
 * disposes it.
 * @throws {TypeError} If the shapes differ or there is no axis of tokens.
 *
 * @example
 * ```ts
 * import { sequenceMean, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const mean = tf.tidy(() =>
 *   sequenceMean(tf.tensor2d([[1, 3, 5], [7, 9, 9]]), tf.tensor2d([[1, 1, 1], [1, 0, 0]]))
 * );
 * assertEquals(await mean.array(), (3 + 7) / 2);
 * mean.dispose();
 * ```
 */
export function sequenceMean(loss: Tensor, mask: Tensor): Tensor {
  return overall(memberSequenceMean, loss, mask);
}

/**
 * {@linkcode tokenMean} of each member of a population.
 *
 * @param loss `[M, ..., T]`.
 * @param mask The same shape.
 * @returns `[M]`; the gradient reaches `loss`; the caller disposes it.
 * @throws {TypeError} If the shapes differ or there are fewer than two axes.
 *
 * @example
 * ```ts
 * import { memberTokenMean, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const means = tf.tidy(() =>
 *   memberTokenMean(tf.tensor2d([[1, 3], [7, 9]]), tf.tensor2d([[1, 1], [1, 0]]))
 * );
 * assertEquals(await means.array(), [2, 7]);
 * means.dispose();
 * ```
 */
export function memberTokenMean(loss: Tensor, mask: Tensor): Tensor {
  assertMasked(loss, mask, 2);
  return tf.tidy(() => {
    const rows = [loss.shape[0], -1];
    return maskedMean(tf.reshape(loss, rows), tf.reshape(mask, rows));
  });
}

/**
 * {@linkcode sequenceMean} of each member of a population.
 *
 * @param loss `[M, ..., T]`.
 * @param mask The same shape.
 * @returns `[M]`; the gradient reaches `loss`; the caller disposes it.
 * @throws {TypeError} If the shapes differ or there are fewer than two axes.
 *
 * @example
 * ```ts
 * import { memberSequenceMean, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const means = tf.tidy(() =>
 *   memberSequenceMean(
 *     tf.tensor3d([[[1, 3], [5, 0]], [[7, 9], [0, 0]]]),
 *     tf.tensor3d([[[1, 1], [1, 0]], [[1, 1], [0, 0]]]),
 *   )
 * );
 * assertEquals(await means.array(), [(2 + 5) / 2, 8]);
 * means.dispose();
 * ```
 */
export function memberSequenceMean(loss: Tensor, mask: Tensor): Tensor {
  assertMasked(loss, mask, 2);
  return tf.tidy(() => {
    const rows = [loss.shape[0], -1];
    const means = tf.reshape(maskedMean(loss, mask), rows);
    const present = tf.reshape(tf.any(tf.cast(mask, "bool"), -1), rows);
    return maskedMean(means, present);
  });
}

/** A reduction to members, of everything as one member. */
function overall(
  reduce: (loss: Tensor, mask: Tensor) => Tensor,
  loss: Tensor,
  mask: Tensor,
): Tensor {
  assertMasked(loss, mask, 1);
  return tf.tidy(() =>
    tf.reshape(reduce(tf.expandDims(loss, 0), tf.expandDims(mask, 0)), [])
  );
}

/** The mean over the last axis of what the mask keeps; 0 where it keeps nothing. */
function maskedMean(values: Tensor, mask: Tensor): Tensor {
  const kept = tf.cast(mask, "bool");
  // Chosen, not multiplied: 0 * NaN is NaN.
  const sum = tf.sum(tf.where(kept, values, tf.zerosLike(values)), -1);
  const count = tf.sum(tf.cast(kept, "float32"), -1);
  return tf.div(sum, tf.maximum(count, 1));
}

function assertMasked(loss: Tensor, mask: Tensor, axes: number): void {
  assertSameShape({ loss, mask });
  if (loss.rank < axes) {
    const shape = axes === 1 ? "[..., T]" : "[M, ..., T]";
    throw new TypeError(
      `Expected loss of shape ${shape}, got [${loss.shape}]`,
    );
  }
}
