import { type Tensor, tf } from "../tf/backend.ts";
import {
  assertBroadcasts,
  assertCoefficient,
  assertFloats,
  assertPositive,
} from "../tf/check.ts";
import { carryNan } from "../tf/carry_nan.ts";
import { boundedExp } from "./elementwise.ts";

/**
 * Advantages against the mean of the group (the samples of one prompt):
 *
 *     A_i = r_i - mean_K r
 *
 * Paper: Fan et al. (2025, arXiv 2510.18053), the batch-mean baseline of ADRPO for
 * flow matching. Deviates from the paper: nothing.
 *
 * @param rewards `[..., K]`, K samples a group.
 * @returns `[..., K]`, of mean 0 over K; the gradient reaches the rewards; the
 * caller disposes it.
 * @throws {TypeError} If there is no group axis, no value, or another type.
 *
 * @example
 * ```ts
 * import { centeredAdvantages, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const advantages = centeredAdvantages(tf.tensor2d([[1, 2, 6]]));
 * assertEquals(await advantages.array(), [[-2, -1, 3]]);
 * advantages.dispose();
 * ```
 */
export function centeredAdvantages(rewards: Tensor): Tensor {
  assertGroups(rewards, 1);
  return tf.tidy(() => tf.sub(rewards, tf.mean(rewards, -1, true)));
}

/**
 * GRPO's advantages, in units of the group's spread:
 *
 *     A_i = (r_i - mean_K r) / (std_K r + epsilon),   std with K - 1.
 *
 * A group of equal rewards has advantages of exactly 0.
 *
 * Paper: Shao et al. (2024, arXiv 2402.03300), section 4.1.2. Deviates from the
 * paper: epsilon, which every implementation adds.
 *
 * @param rewards `[..., K]`, K at least 2.
 * @param options.epsilon Added to the standard deviation; positive, in units of
 * reward.
 * @returns `[..., K]`; the gradient reaches the rewards of groups that are not all
 * equal; the caller disposes it.
 * @throws {TypeError} If there is no group axis, or fewer than two in a group.
 * @throws {RangeError} If `epsilon` is not positive.
 *
 * @example
 * ```ts
 * import { groupAdvantages, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const advantages = groupAdvantages(tf.tensor2d([[1, 2, 3]]), { epsilon: 1e-6 });
 * const [low, middle, high] = await advantages.data();
 * assertAlmostEquals(low, -1, 1e-5); // std is 1
 * assertAlmostEquals(middle, 0, 1e-5);
 * assertAlmostEquals(high, 1, 1e-5);
 * advantages.dispose();
 * ```
 */
export function groupAdvantages(
  rewards: Tensor,
  { epsilon }: { epsilon: number },
): Tensor {
  assertGroups(rewards, 2);
  assertPositive("epsilon", epsilon);
  return tf.tidy(() => {
    // The mean of equal values can miss them by a rounding, and epsilon is small.
    const shifted = tf.sub(rewards, tf.min(rewards, -1, true));
    const centered = tf.sub(shifted, tf.mean(shifted, -1, true));
    const count = rewards.shape[rewards.rank - 1];
    const variance = tf.div(tf.sum(tf.square(centered), -1, true), count - 1);
    return tf.div(centered, tf.add(tf.sqrt(variance), epsilon));
  });
}

/**
 * Advantages against the mean of the other samples of the group (leave-one-out):
 *
 *     A_i = r_i - mean_(j != i) r_j = K / (K - 1) (r_i - mean_K r)
 *
 * The baseline of a sample does not depend on it, so the policy gradient is
 * unbiased, and advantages stay in units of reward.
 *
 * Paper: Ahmadian et al. (2024, arXiv 2402.14740), RLOO. Deviates from the paper:
 * nothing.
 *
 * @param rewards `[..., K]`, K at least 2.
 * @returns `[..., K]`, of mean 0 over K; the gradient reaches the rewards; the
 * caller disposes it.
 * @throws {TypeError} If there is no group axis, or fewer than two in a group.
 *
 * @example
 * ```ts
 * import { leaveOneOutAdvantages, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const advantages = leaveOneOutAdvantages(tf.tensor2d([[1, 2, 6]]));
 * assertEquals(await advantages.array(), [[-3, -1.5, 4.5]]); // 1 - (2 + 6) / 2, ...
 * advantages.dispose();
 * ```
 */
export function leaveOneOutAdvantages(rewards: Tensor): Tensor {
  assertGroups(rewards, 2);
  const count = rewards.shape[rewards.rank - 1];
  return tf.tidy(() =>
    tf.mul(centeredAdvantages(rewards), count / (count - 1))
  );
}

/**
 * Limits advantages to `[min, max]`.
 *
 * Clip once, and use the clipped advantages in every term: ADRPO's two terms are
 * stable only as a pair.
 *
 * Paper: Fan et al. (2025, arXiv 2510.18053), which advises limits of -+beta0.
 *
 * @param advantages `[...]`.
 * @param limits `min` and `max`: numbers (infinities leave a side open), or tensors
 * that broadcast against `[...]`.
 * @returns `[...]`; the gradient reaches the advantages inside the limits; the
 * caller disposes it.
 * @throws {TypeError} If `advantages` are not float32 or a limit does not broadcast.
 * @throws {RangeError} If a limit is NaN, or `min` is above `max`.
 *
 * @example
 * ```ts
 * import { clipAdvantages, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const clipped = clipAdvantages(tf.tensor1d([-3, 0.5, 3]), { min: -1, max: 2 });
 * assertEquals(await clipped.array(), [-1, 0.5, 2]);
 * clipped.dispose();
 * ```
 */
export function clipAdvantages(
  advantages: Tensor,
  { min, max }: { min: number | Tensor; max: number | Tensor },
): Tensor {
  assertFloats("advantages", advantages);
  for (const [name, limit] of Object.entries({ min, max })) {
    if (typeof limit !== "number") {
      assertBroadcasts(name, limit, advantages.shape);
    } else if (Number.isNaN(limit)) {
      throw new RangeError(`Expected ${name} to be a number, got NaN`);
    }
  }
  if (typeof min === "number" && typeof max === "number" && min > max) {
    throw new RangeError(`Expected min to be at most max, got ${min} > ${max}`);
  }
  return tf.tidy(() => tf.minimum(tf.maximum(advantages, min), max));
}

/**
 * The weights of online reward weighting, sample by sample:
 *
 *     w = exp(tau r)
 *
 * `tau` is an inverse temperature; the authors' code calls it both `temperature`
 * and `beta`. Weights beyond e^80 count as e^80, as float32's exp overflows at 88.7.
 *
 * Paper: Fan et al. (2025, arXiv 2502.06061), the exponential weights w(x1).
 * Deviates from the paper: nothing.
 *
 * @param rewards `[...]`.
 * @param options.tau A number, or a tensor that broadcasts against `[...]`; in units
 * of 1 / reward, 0 or more.
 * @returns `[...]`, positive; the gradient reaches both; the caller disposes it.
 * @throws {TypeError} If `tau` does not broadcast against the rewards.
 * @throws {RangeError} If `tau` is a negative or non-finite number.
 *
 * @example
 * ```ts
 * import { rewardWeights, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const weights = rewardWeights(tf.tensor1d([0, 2]), { tau: 0.5 });
 * const [plain, heavy] = await weights.data();
 * assertAlmostEquals(plain, 1, 1e-6);
 * assertAlmostEquals(heavy, Math.E, 1e-5);
 * weights.dispose();
 * ```
 */
export function rewardWeights(
  rewards: Tensor,
  { tau }: { tau: number | Tensor },
): Tensor {
  assertFloats("rewards", rewards);
  assertCoefficient("tau", tau, rewards.shape);
  return tf.tidy(() => boundedExp(tf.mul(tau, rewards)));
}

/**
 * The weights of reward-ranked fine-tuning: the best `keep` samples of each group
 * count, the others do not,
 *
 *     w_i = (K / keep) [rank of r_i in its group < keep]
 *
 * with mean 1 over a group. Ties go to the sample that comes first. A group with a
 * NaN has no ranks: its weights are NaN.
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
  assertGroups(rewards, 1);
  const count = rewards.shape[rewards.rank - 1];
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
    const picked = tf.sum(tf.cast(chosen, "float32"), -2);
    return carryNan(rewards, tf.mul(picked, count / keep));
  });
}

function assertGroups(rewards: Tensor, least: number): void {
  assertFloats("rewards", rewards);
  if (rewards.rank === 0 || rewards.shape[rewards.rank - 1] < least) {
    throw new TypeError(
      `Expected rewards of shape [..., K] with K at least ${least}, got [${rewards.shape}]`,
    );
  }
}
