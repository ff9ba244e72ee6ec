import { type Tensor, tf } from "../tf/backend.ts";
import { carryNan } from "../tf/carry_nan.ts";

/**
 * Reshapes the distribution that tokens are drawn from: logits `[..., V]` in, fresh
 * logits of the same shape out, such as {@linkcode temperature} or
 * {@linkcode topP}. The gradient reaches the logits.
 */
export type TokenChoice = (logits: Tensor) => Tensor;

/** Logits of a token that is left out: its probability is exactly 0. */
const leftOut = -1e9;

/**
 * Leaves out the tokens that `keep` does not pick. Which tokens are kept counts as
 * constant: the gradient reaches the kept logits only.
 *
 * @param logits `[..., V]`.
 * @param keep Maps logits to bool `[..., V]`.
 * @returns Logits, the left out ones at -1e9, all NaN where one of a row is; the
 * caller disposes them.
 */
export function keepTokens(
  logits: Tensor,
  keep: (logits: Tensor) => Tensor,
): Tensor {
  return tf.customGrad((logits, save) => {
    const kept = keep(logits as Tensor);
    (save as (tensors: Tensor[]) => void)([kept]);
    return {
      value: carryNan(
        logits as Tensor,
        tf.where(kept, logits as Tensor, leftOut),
      ),
      gradFunc: (dy: Tensor, [kept]: Tensor[]) =>
        tf.where(kept, dy, tf.zerosLike(dy)),
    };
  })(logits);
}

/**
 * Marks tokens by their rank.
 *
 * @param order The tokens of the ranks 0 to K - 1, int32 `[..., K]`.
 * @param keep Whether to keep the token of a rank, bool `[..., K]`.
 * @param vocabulary V.
 * @returns bool `[..., V]`, true for the tokens that are kept; the caller disposes it.
 */
export function markTokens(
  order: Tensor,
  keep: Tensor,
  vocabulary: number,
): Tensor {
  const [ranks, places] = [order.shape.at(-1)!, order.shape.slice(0, -1)];
  const rows = order.size / ranks;
  return tf.tidy(() => {
    const starts = tf.range(0, rows * vocabulary, vocabulary, "int32");
    const at = tf.add(
      tf.reshape(order, [rows, ranks]),
      tf.expandDims(starts, 1),
    );
    const marks = tf.scatterND(
      tf.reshape(at, [-1, 1]),
      tf.reshape(tf.cast(keep, "int32"), [-1]),
      [rows * vocabulary],
    );
    return tf.cast(tf.reshape(marks, [...places, vocabulary]), "bool");
  });
}
