import { type Tensor, tf } from "../tf/backend.ts";
import { expectation } from "../tf/expectation.ts";
import { assertSequences } from "./sequence_values.ts";

/**
 * Returns the entropy of a policy over all its completions, exactly:
 *
 *     H = -sum_y p(y) log p(y).
 *
 * @param logp Log-probabilities of all S completions, `[..., S]`, in nats;
 * -Infinity for an impossible one, which adds 0.
 * @returns Entropies `[...]` in nats, which the caller disposes.
 * @throws {TypeError} If `logp` is a scalar.
 *
 * @example
 * ```ts
 * import { exactEntropy, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const entropy = tf.tidy(() => exactEntropy(tf.fill([8], -Math.log(8))));
 * assertAlmostEquals((await entropy.data())[0], Math.log(8), 1e-6);
 * entropy.dispose();
 * ```
 */
export function exactEntropy(logp: Tensor): Tensor {
  assertSequences({ logp });
  return tf.tidy(() => tf.neg(expectation(logp, logp)));
}
