import { tf } from "../tf/backend.ts";
import { assertPositiveInteger } from "../tf/check.ts";
import { keepTokens, markTokens, type TokenChoice } from "./token_choice.ts";

/**
 * Draws from the k most likely tokens only; of equally likely ones the lower
 * tokens are kept.
 *
 * Paper: Fan et al. (2018, arXiv 1805.04833), section 5.4.
 *
 * @param k How many tokens to keep; all where there are no more.
 * @returns The choice of tokens.
 * @throws {RangeError} If k is not a positive integer.
 *
 * @example
 * ```ts
 * import { tf, topK } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const p = tf.tidy(() => tf.softmax(topK(2)(tf.tensor1d([0, 1, 0.5, 1]))));
 * assertAlmostEquals((await p.data())[1], 0.5, 1e-6);
 * p.dispose();
 * ```
 */
export function topK(k: number): TokenChoice {
  assertPositiveInteger("k", k);
  return (logits) =>
    tf.tidy(() =>
      keepTokens(logits, (x) => {
        const vocabulary = x.shape[x.rank - 1];
        // Of equals topk puts the lower token first.
        const { indices } = tf.topk(x, Math.min(k, vocabulary));
        return markTokens(indices, tf.onesLike(indices), vocabulary);
      })
    );
}
