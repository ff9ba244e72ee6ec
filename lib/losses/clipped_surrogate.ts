import { type Tensor, tf } from "../tf/backend.ts";
import { assertPositive, assertSameShape } from "../tf/check.ts";
import { assertPerSequence, perToken } from "./per_token.ts";

/** What {@linkcode clippedSurrogate} compares. */
export type SurrogateInputs = {
  /** Log-probabilities of the drawn tokens under the policy, `[..., T]`, in nats. */
  logp: Tensor;
  /** The same under the policy that drew them, `[..., T]`. */
  logpOld: Tensor;
  /** The advantage of each sequence, `[...]`. */
  advantages: Tensor;
};

/**
 * The clipped policy-gradient loss, to be minimised, token by token:
 *
 *     -min(rho A, clip(rho, 1 - epsilon, 1 + epsilon) A),   rho = exp(logp - logpOld).
 *
 * At rho = 1 its gradient is REINFORCE's, -A grad logp. A token whose ratio has
 * gone far enough the way its advantage pushes gets no gradient.
 *
 * Papers: Schulman et al. (2017, arXiv 1707.06347), eq. 7; Shao et al. (2024, arXiv
 * 2402.03300), eq. 3, for one advantage a sequence. Deviates from the papers: the
 * sign, as it is a loss.
 *
 * @param inputs The log-probabilities, in nats, and the advantages.
 * @param options.epsilon How far the ratio counts from 1, positive.
 * @returns `[..., T]`, unreduced; the gradient reaches all inputs, and in training
 * only `logp` depends on parameters; the caller disposes it.
 * @throws {TypeError} If the shapes do not fit.
 * @throws {RangeError} If `epsilon` is not positive and finite.
 *
 * @example
 * ```ts
 * import { clippedSurrogate, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const loss = tf.tidy(() =>
 *   clippedSurrogate({
 *     logp: tf.log(tf.tensor2d([[0.5, 0.3]])),
 *     logpOld: tf.log(tf.tensor2d([[0.25, 0.3]])),
 *     advantages: tf.tensor1d([2]),
 *   }, { epsilon: 0.2 })
 * );
 * const [clipped, kept] = await loss.data();
 * assertAlmostEquals(clipped, -1.2 * 2, 1e-5); // The ratio, 2, counts as 1.2.
 * assertAlmostEquals(kept, -1 * 2, 1e-5);
 * loss.dispose();
 * ```
 */
export function clippedSurrogate(
  { logp, logpOld, advantages }: SurrogateInputs,
  { epsilon }: { epsilon: number },
): Tensor {
  assertSameShape({ logp, logpOld });
  assertPerSequence({ logp, advantages });
  assertPositive("epsilon", epsilon);
  return tf.tidy(() => {
    const advantage = perToken(advantages);
    const ratio = tf.exp(tf.sub(logp, logpOld));
    const clipped = tf.clipByValue(ratio, 1 - epsilon, 1 + epsilon);
    return tf.neg(
      tf.minimum(tf.mul(ratio, advantage), tf.mul(clipped, advantage)),
    );
  });
}
