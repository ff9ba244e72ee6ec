import { tf } from "../tf/backend.ts";
import { keepTokens, markTokens, type TokenChoice } from "./token_choice.ts";

/** The relative error of a sum of probabilities in float32, and some room. */
const rounding = 1e-6;

/**
 * Draws from the nucleus only: the fewest most likely tokens whose probabilities
 * sum to p or more, up to float32's rounding. At p = 1 those are all tokens.
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
  if (p === 1) return (logits) => tf.clone(logits);
  // A nucleus that misses p by a rounding is full.
  const enough = (1 - p) * (1 + rounding);
  return (logits) =>
    tf.tidy(() =>
      keepTokens(logits, (x) => {
        const vocabulary = x.shape[x.rank - 1];
        const { values, indices } = tf.topk(x, vocabulary);
        const sorted = tf.softmax(values);
        // A token is in the nucleus while the likelier ones do not reach p, which is
        // while it and those after it have more than 1 - p: a small sum is exact
        // where one close to 1 is not.
        // Turned by hand: cumsum's own `reverse` is wrong on WebGPU.
        const fromHere = tf.reverse(
          tf.cumsum(tf.reverse(sorted, -1), x.rank - 1),
          -1,
        );
        return markTokens(indices, tf.greater(fromHere, enough), vocabulary);
      })
    );
}
