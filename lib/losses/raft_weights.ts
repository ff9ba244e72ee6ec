import { type Tensor, tf } from "../tf/backend.ts";

/**
 * The weights of reward-ranked fine-tuning: the best `keep` samples of each group
 * count, the others do not,
 *
 *     w_i = (K / keep) [rank of r_i in its group < keep]
 *
 * with mean 1 over a group. Ties go to the sample that comes first.
 *
 * Paper: Dong et al. (2023, arXiv 2304.06767), algorithm 1.
 *
 * @param rewards `[..., K]`, K samples a group.
 * @param options.keep How many of a group to keep, from 1 to K.
 * @returns `[..., K]`; no gradient reaches the rewards; the caller disposes it.
 * @throws {TypeError} If there is no group axis.
 * @throws {RangeError} If `keep` is no integer from 1 to K.
 *
 * @example
 * ```ts
 * import { raftWeights, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const weights = raftWeights(tf.tensor2d([[3, 1, 2]]), { keep: 2 });
 * assertEquals(await weights.array(), [[1.5, 0, 1.5]]);
 * weights.dispose();
 * ```
 */
export function raftWeights(
  rewards: Tensor,
  { keep }: { keep: number },
): Tensor {
  const count = rewards.shape.at(-1);
  if (count === undefined || rewards.size === 0) {
    throw new TypeError(
      `Expected rewards of shape [..., K] with values, got [${rewards.shape}]`,
    );
  }
  if (!Number.isInteger(keep) || keep < 1 || keep > count) {
    throw new RangeError(
      `Expected keep to be an integer from 1 to ${count}, got ${keep}`,
    );
  }
  return tf.tidy(() => {
    const { indices } = tf.topk(rewards, keep); // [..., keep]
    const chosen = tf.sum(tf.oneHot(tf.cast(indices, "int32"), count), -2);
    return tf.mul(tf.cast(chosen, "float32"), count / keep);
  });
}
