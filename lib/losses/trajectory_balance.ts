import { type Tensor, tf } from "../tf/backend.ts";
import { assertCoefficient, assertSameShape } from "../tf/check.ts";

/**
 * Trajectory balance with the normaliser estimated by the group, answer by answer:
 *
 *     beta / 2 K / (K - 1) (d_i - mean_K d)^2,   d = logp - logpRef - r / beta.
 *
 * It is 0 where p ∝ pRef exp(r / beta) on the answers of the group, whoever drew them.
 * Its mean over a group is half of beta times the sample variance of d. On answers of
 * the policy its gradient in logp is that of a policy gradient on `r - beta k1` with a
 * leave-one-out baseline: exactly the gradient of `beta KL(p | pRef) - E[r]`.
 *
 * Papers: Malkin et al. (2022, arXiv 2201.13259), the balance; Zhang et al. (2023,
 * arXiv 2302.05446), its variance, without a learned normaliser; Zhu et al. (2025,
 * FlowRL, arXiv 2509.15207), for language models. Deviates from the papers: the factor
 * beta / 2, which makes it comparable with other losses; FlowRL learns the normaliser
 * by a network and divides log-probabilities by the length.
 *
 * @param answers Log-probabilities of whole answers, `logp` and `logpRef`, in nats, and
 * `rewards`, `[..., K]`, K at least 2 answers a group.
 * @param options.beta A number, or a tensor that broadcasts against `[..., K]`; above 0.
 * @returns `[..., K]`; the gradient reaches every input, and in training only `logp`
 * depends on parameters; the caller disposes it.
 * @throws {TypeError} If the shapes do not fit, or a group has fewer than two.
 * @throws {RangeError} If `beta` is a negative or non-finite number.
 *
 * @example
 * ```ts
 * import { tf, trajectoryBalanceLoss } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const loss = tf.tidy(() =>
 *   trajectoryBalanceLoss({
 *     logp: tf.tensor2d([[-1, -2]]),
 *     logpRef: tf.tensor2d([[-1, -1]]),
 *     rewards: tf.tensor2d([[0, 1]]),
 *   }, { beta: 1 })
 * );
 * // d is 0 and -2, its mean -1.
 * assertEquals(await loss.array(), [[1, 1]]);
 * loss.dispose();
 * ```
 */
export function trajectoryBalanceLoss(
  { logp, logpRef, rewards }: {
    logp: Tensor;
    logpRef: Tensor;
    rewards: Tensor;
  },
  { beta }: { beta: number | Tensor },
): Tensor {
  assertSameShape({ logp, logpRef, rewards });
  assertCoefficient("beta", beta, rewards.shape);
  const count = logp.shape[logp.rank - 1];
  if (!(count >= 2)) {
    throw new TypeError(
      `Expected logp of shape [..., K] with K at least 2, got [${logp.shape}]`,
    );
  }
  return tf.tidy(() => {
    const d = tf.sub(tf.sub(logp, logpRef), tf.div(rewards, beta));
    const apart = tf.sub(d, tf.mean(d, -1, true));
    const scale = tf.mul(beta, count / (count - 1) / 2);
    return tf.mul(scale, tf.square(apart));
  });
}
