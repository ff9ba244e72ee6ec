import { type Tensor, tf } from "../tf/backend.ts";
import { expectation } from "../tf/expectation.ts";
import { assertSequences } from "./sequence_values.ts";

/**
 * Returns how far a policy has gone from the reference, exactly, summed over all
 * completions:
 *
 *     KL(p | pRef) = sum_y p(y) (log p(y) - log pRef(y)).
 *
 * What p never says (-Infinity) adds 0; what only pRef never says makes the
 * divergence Infinity, by definition.
 *
 * @param logProbs.logp Log-probabilities of all S completions, `[..., S]`, in nats.
 * @param logProbs.logpRef The same under the reference, of the same shape or of its
 * last axes.
 * @returns KL `[...]` in nats, which the caller disposes.
 * @throws {TypeError} If the shapes do not fit.
 *
 * @example
 * ```ts
 * import { exactKl, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const kl = tf.tidy(() =>
 *   exactKl({
 *     logp: tf.log(tf.tensor1d([0.75, 0.25])),
 *     logpRef: tf.log(tf.tensor1d([0.5, 0.5])),
 *   })
 * );
 * // 0.75 ln 1.5 + 0.25 ln 0.5
 * assertAlmostEquals((await kl.data())[0], 0.130812, 1e-6);
 * kl.dispose();
 * ```
 */
export function exactKl(
  { logp, logpRef }: { logp: Tensor; logpRef: Tensor },
): Tensor {
  assertSequences({ logp, logpRef });
  return tf.tidy(() => expectation(logp, tf.sub(logp, logpRef)));
}
