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
 * Ranks the tokens: 0 for the most likely; of equals the lower token comes first.
 *
 * @param logits `[..., V]`.
 * @returns int32 `[..., V]`, which the caller disposes.
 */
export function tokenRanks(logits: Tensor): Tensor {
  const vocabulary = logits.shape[logits.rank - 1];
  return tf.tidy(() => {
    const order = tf.topk(logits, vocabulary).indices; // rank to token
    // The order of the order maps token to rank.
    return tf.topk(tf.neg(tf.cast(order, "float32")), vocabulary).indices;
  });
}
