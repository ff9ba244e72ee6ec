import { type Tensor, tf } from "../tf/backend.ts";
import { assertSequences } from "./sequence_values.ts";

/**
 * Returns the reward that a policy expects, exactly:
 *
 *     E_p[r] = sum_y p(y) r(y).
 *
 * With 0 and 1 as rewards it is the share of completions of that kind.
 *
 * @param values.logp Log-probabilities of all S completions, `[..., S]`, in nats.
 * @param values.rewards Their rewards, of the same shape or of its last axes.
 * @returns Expectations `[...]`, which the caller disposes.
 * @throws {TypeError} If the shapes do not fit.
 *
 * @example
 * ```ts
 * import { expectedReward, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const expected = tf.tidy(() =>
 *   expectedReward({
 *     logp: tf.log(tf.tensor2d([[0.75, 0.25], [0.5, 0.5]])),
 *     rewards: tf.tensor1d([0, 4]),
 *   })
 * );
 * const [first, second] = await expected.data();
 * assertAlmostEquals(first, 1, 1e-6);
 * assertAlmostEquals(second, 2, 1e-6);
 * expected.dispose();
 * ```
 */
export function expectedReward(
  { logp, rewards }: { logp: Tensor; rewards: Tensor },
): Tensor {
  assertSequences({ logp, rewards });
  return tf.tidy(() => tf.sum(tf.mul(tf.exp(logp), rewards), -1));
}
