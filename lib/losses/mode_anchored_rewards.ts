import { type Tensor, tf } from "../tf/backend.ts";
import { assertCoefficient, assertSameShape } from "../tf/check.ts";

/**
 * Rewards under which the KL-regularised optimum gives all good answers of a prompt the
 * same probability. With z the good answer that the reference likes best,
 *
 *     r'(y) = r(z) + beta (log pRef(z) - log pRef(y))   if r(y) >= threshold,
 *     r'(y) = r(y)                                      otherwise.
 *
 * The optimum p* ∝ pRef exp(r' / beta) is then pRef(z) exp(r(z) / beta) for every good
 * answer, whatever the reference thought of it.
 *
 * Paper: GX-Chen et al. (2025, MARA, arXiv 2510.20817). Its abstract and accounts of it
 * were read, not its algorithm: that z is taken from the group and that the threshold is
 * a number are inferred. The formula is the one of which the above holds.
 *
 * @param answers `rewards` and the reference's log-probabilities of whole answers,
 * `logpRef`, in nats, `[..., K]`, K answers a group.
 * @param options.beta The weight of the KL divergence: a number, or a tensor that
 * broadcasts against `[..., K]`; 0 or more.
 * @param options.threshold The reward from which an answer is good.
 * @returns `[..., K]`; the caller disposes it.
 * @throws {TypeError} If the shapes do not fit.
 * @throws {RangeError} If `beta` is a negative or non-finite number.
 *
 * @example
 * ```ts
 * import { modeAnchoredRewards, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const rewards = modeAnchoredRewards({
 *   rewards: tf.tensor2d([[1, 1, 0]]),
 *   logpRef: tf.tensor2d([[-1, -3, -1]]),
 * }, { beta: 0.5, threshold: 1 });
 * assertEquals(await rewards.array(), [[1, 2, 0]]); // 1 + 0.5 (-1 + 3)
 * rewards.dispose();
 * ```
 */
export function modeAnchoredRewards(
  { rewards, logpRef }: { rewards: Tensor; logpRef: Tensor },
  { beta, threshold }: { beta: number | Tensor; threshold: number },
): Tensor {
  assertSameShape({ rewards, logpRef });
  assertCoefficient("beta", beta, rewards.shape);
  return tf.tidy(() => {
    const good = tf.greaterEqual(rewards, threshold);
    const liked = tf.where(good, logpRef, -Infinity);
    const most = tf.max(liked, -1, true);
    const anchor = tf.max(
      tf.where(tf.equal(liked, most), rewards, -Infinity),
      -1,
      true,
    );
    const raised = tf.add(anchor, tf.mul(beta, tf.sub(most, logpRef)));
    return tf.where(good, raised, rewards);
  });
}
