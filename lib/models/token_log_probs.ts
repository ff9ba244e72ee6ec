import { type Tensor, tf } from "../tf/backend.ts";

/**
 * Returns the log-probability of each token under the logits of its place, in
 * nats:
 *
 *     logp = logits[token] - log sum_v exp(logits[v]).
 *
 * @param sequences.logits Logits of each place, `[..., T, V]`.
 * @param sequences.tokens The tokens in those places, int32 `[..., T]`, from 0 to
 * V - 1.
 * @returns `[..., T]`, NaN for a token outside of the vocabulary, such as -100: values
 * are not read, and so it cannot throw. The gradient reaches `logits`; the caller
 * disposes it.
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
    const chosen = tf.cast(tf.oneHot(tokens, vocabulary), "bool");
    // Chosen, not multiplied: 0 * -Infinity is NaN.
    const logp = tf.sum(tf.where(chosen, tf.logSoftmax(logits), 0), -1);
    return tf.where(tf.any(chosen, -1), logp, NaN);
  });
}
