import { type Tensor, tf } from "../tf/backend.ts";

/**
 * Returns the log-probability of each token under the logits of its place, in
 * nats:
 *
 *     logp = logits[token] - log sum_v exp(logits[v]).
 *
 * @param sequences.logits Logits of each place, `[..., T, V]`.
 * @param sequences.tokens The tokens in those places, int32 `[..., T]`.
 * @returns `[..., T]`, which the caller disposes; the gradient reaches `logits`.
 * @throws {TypeError} If the shapes do not fit or tokens are not int32.
 *
 * @example
 * ```ts
 * import { tf, tokenLogProbs } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const logp = tf.tidy(() =>
 *   tokenLogProbs({
 *     logits: tf.tensor2d([[0, 0], [Math.log(3), 0]]),
 *     tokens: tf.tensor1d([1, 0], "int32"),
 *   })
 * );
 * const [half, threeQuarters] = await logp.data();
 * assertAlmostEquals(half, Math.log(1 / 2), 1e-6);
 * assertAlmostEquals(threeQuarters, Math.log(3 / 4), 1e-6);
 * logp.dispose();
 * ```
 */
export function tokenLogProbs(
  { logits, tokens }: { logits: Tensor; tokens: Tensor },
): Tensor {
  const places = logits.shape.slice(0, -1);
  const fits = tokens.dtype === "int32" && logits.rank > 0 &&
    tf.util.arraysEqual(tokens.shape, places);
  if (!fits) {
    throw new TypeError(
      `Expected tokens of type int32 and shape [${places}] for logits [${logits.shape}], got ${tokens.dtype} [${tokens.shape}]`,
    );
  }
  const vocabulary = logits.shape[logits.rank - 1];
  return tf.tidy(() => {
    // Cast: the wasm backend misreads one-hot rows that are made as float32.
    const chosen = tf.cast(tf.oneHot(tokens, vocabulary), "float32");
    return tf.sum(tf.mul(tf.logSoftmax(logits), chosen), -1);
  });
}
