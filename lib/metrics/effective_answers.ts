import { type Tensor, tf } from "../tf/backend.ts";
import { assertSequences } from "./sequence_values.ts";
import { shareEntropy } from "./share_entropy.ts";

/**
 * Returns how many different right answers a policy gives, exactly: the exponential
 * of its entropy within them,
 *
 *     exp(H(p(y | r(y) >= threshold))).
 *
 * 1 is a single answer (or none), the number of right answers is all of them alike.
 *
 * @param values.logp Log-probabilities of all S completions, `[..., S]`, in nats.
 * @param values.rewards Their rewards, of the same shape or of its last axes.
 * @param options.threshold The least reward of a right answer.
 * @returns Effective numbers `[...]`, which the caller disposes.
 * @throws {TypeError} If the shapes do not fit.
 *
 * @example
 * ```ts
 * import { effectiveAnswers, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const effective = tf.tidy(() =>
 *   effectiveAnswers({
 *     logp: tf.log(tf.tensor1d([0.1, 0.1, 0.8])),
 *     rewards: tf.tensor1d([1, 1, 0]),
 *   }, { threshold: 1 })
 * );
 * assertAlmostEquals((await effective.data())[0], 2, 1e-5);
 * effective.dispose();
 * ```
 */
export function effectiveAnswers(
  { logp, rewards }: { logp: Tensor; rewards: Tensor },
  { threshold }: { threshold: number },
): Tensor {
  assertSequences({ logp, rewards });
  return tf.tidy(() => {
    const right = tf.cast(tf.greaterEqual(rewards, threshold), "float32");
    const known = tf.where(tf.isNaN(rewards), NaN, right);
    return tf.exp(shareEntropy(tf.mul(tf.exp(logp), known)));
  });
}
