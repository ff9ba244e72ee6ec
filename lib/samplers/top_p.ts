import { tf } from "../tf/backend.ts";
import { keepTokens, type TokenChoice, tokenRanks } from "./token_choice.ts";

/**
 * Draws from the nucleus only: the fewest most likely tokens whose probabilities
 * sum to p or more.
 *
 * Paper: Holtzman et al. (2020, arXiv 1904.09751), eq. 2 and 3.
 *
 * @param p The least mass of the nucleus, in (0, 1].
 * @returns The choice of tokens.
 * @throws {RangeError} If p is outside (0, 1].
 *
 * @example
 * ```ts
 * import { tf, topP } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const probabilities = tf.tidy(() =>
 *   tf.softmax(topP(0.7)(tf.log(tf.tensor1d([0.3, 0.5, 0.2]))))
 * );
 * const [second, first, third] = await probabilities.data();
 * assertAlmostEquals(second, 0.3 / 0.8, 1e-6);
 * assertAlmostEquals(first, 0.5 / 0.8, 1e-6);
 * assertAlmostEquals(third, 0, 1e-6);
 * probabilities.dispose();
 * ```
 */
export function topP(p: number): TokenChoice {
  if (!(p > 0 && p <= 1)) {
    throw new RangeError(`Expected p in (0, 1], got ${p}`);
  }
  return (logits) =>
    tf.tidy(() =>
      keepTokens(logits, (x) => {
        const vocabulary = x.shape[x.rank - 1];
        const sorted = tf.topk(tf.softmax(x), vocabulary).values;
        // A token is in the nucleus while the likelier ones do not reach p.
        const likelier = tf.cumsum(sorted, x.rank - 1, true);
        const inside = tf.cast(tf.less(likelier, p), "int32");
        return tf.less(tokenRanks(x), tf.sum(inside, -1, true));
      })
    );
}
