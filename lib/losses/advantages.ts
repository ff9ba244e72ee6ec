import { type Tensor, tf } from "../tf/backend.ts";
import { assertBroadcasts, assertFloats, assertPositive } from "../tf/check.ts";

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

function assertGroups(rewards: Tensor, least: number): void {
  assertFloats("rewards", rewards);
  if (rewards.rank === 0 || rewards.shape[rewards.rank - 1] < least) {
    throw new TypeError(
      `Expected rewards of shape [..., K] with K at least ${least}, got [${rewards.shape}]`,
    );
  }
}
