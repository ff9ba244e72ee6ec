import { type Tensor, tf } from "../tf/backend.ts";
import { assertPositiveInteger } from "../tf/check.ts";
import { assertSequences } from "./sequence_values.ts";

/**
 * Returns the chance that one of k draws is right, exactly:
 *
 *     pass@k = 1 - (1 - p)^k,   p = the probability of a right answer.
 *
 * It pays for spread over prompts, not over right answers: a policy that is sure on
 * half of the prompts and lost on the others gains nothing from more draws.
 *
 * Paper: Chen et al. (2021, arXiv 2107.03374), section 2.1, which estimates it from
 * samples; here p is known.
 *
 * @param right The probability of a right answer to each prompt, `[...]`.
 * @param options.draws How many draws, k, a positive integer.
 * @returns Chances `[...]`, which the caller disposes.
 * @throws {RangeError} If `draws` is not a positive integer.
 *
 * @example
 * ```ts
 * import { passAtK, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const passed = tf.tidy(() => passAtK(tf.tensor1d([0.5, 1]), { draws: 4 }));
 * const [half, sure] = await passed.data();
 * assertAlmostEquals(half, 1 - 1 / 16, 1e-6);
 * assertAlmostEquals(sure, 1, 1e-6);
 * passed.dispose();
 * ```
 */
export function passAtK(
  right: Tensor,
  { draws }: { draws: number },
): Tensor {
  assertPositiveInteger("draws", draws);
  return tf.tidy(() => {
    // 1 - q^k = p (1 + q + ... + q^(k-1)): small p count too, which 1 - q would round off.
    const p = tf.minimum(right, 1); // Sums may round above 1.
    const q = tf.sub(1, p);
    let sum: Tensor = tf.onesLike(p);
    for (let k = 1; k < draws; k++) sum = tf.add(1, tf.mul(q, sum));
    return tf.mul(p, sum);
  });
}

/**
 * Returns how many different right answers k draws are expected to hold, exactly:
 *
 *     sum_{y right} 1 - (1 - p(y))^k.
 *
 * From 0 to the smaller of k and the number of right answers. It pays for being right
 * and for being diverse at once: k draws of one right answer count as one.
 *
 * @param values.logp Log-probabilities of all S completions, `[..., S]`, in nats.
 * @param values.right 1 for the right ones and 0 for the others, of the same shape or
 * of its last axes.
 * @param options.draws How many draws, k, a positive integer.
 * @returns Expected numbers `[...]`, which the caller disposes.
 * @throws {TypeError} If the shapes do not fit.
 * @throws {RangeError} If `draws` is not a positive integer.
 *
 * @example
 * ```ts
 * import { distinctAnswers, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const distinct = tf.tidy(() =>
 *   distinctAnswers({
 *     logp: tf.log(tf.tensor1d([0.5, 0.25, 0.25])),
 *     right: tf.tensor1d([1, 1, 0]),
 *   }, { draws: 2 })
 * );
 * // 1 - 0.5^2 and 1 - 0.75^2
 * assertAlmostEquals((await distinct.data())[0], 0.75 + 0.4375, 1e-6);
 * distinct.dispose();
 * ```
 */
export function distinctAnswers(
  { logp, right }: { logp: Tensor; right: Tensor },
  { draws }: { draws: number },
): Tensor {
  assertSequences({ logp, right });
  return tf.tidy(() =>
    tf.sum(tf.mul(passAtK(tf.exp(logp), { draws }), right), -1)
  );
}
