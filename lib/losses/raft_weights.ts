import { type Tensor, tf } from "../tf/backend.ts";
import { assertFloats } from "../tf/check.ts";

/**
 * The weights of reward-ranked fine-tuning: the best `keep` samples of each group
 * count, the others do not,
 *
 *     w_i = (K / keep) [rank of r_i in its group < keep]
 *
 * with mean 1 over a group. Ties go to the sample that comes first.
 *
 * Paper: Dong et al. (2023, arXiv 2304.06767), which keeps the best 1. Deviates from
 * the paper: `keep`, and the weights' scale.
 *
 * @param rewards `[..., K]`, K samples a group.
 * @param options.keep How many of a group to keep, from 1 to K.
 * @returns `[..., K]`, which has no gradient: compute it outside of a differentiated
 * function; the caller disposes it.
 * @throws {TypeError} If there is no group axis, no value, or another type.
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
  assertFloats("rewards", rewards);
  const count = rewards.shape.at(-1);
  if (count === undefined) {
    throw new TypeError("Expected rewards of shape [..., K], got a scalar");
  }
  if (!Number.isInteger(keep) || keep < 1 || keep > count) {
    throw new RangeError(
      `Expected keep to be an integer from 1 to ${count}, got ${keep}`,
    );
  }
  return tf.tidy(() => {
    const { indices } = tf.topk(rewards, keep); // [..., keep]
    // tf.oneHot wants two classes or more.
    const ids = tf.range(0, count, 1, "int32");
    const chosen = tf.equal(tf.expandDims(indices, -1), ids); // [..., keep, K]
    return tf.mul(tf.sum(tf.cast(chosen, "float32"), -2), count / keep);
  });
}
