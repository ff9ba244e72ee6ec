import { type Tensor, tf } from "../tf/backend.ts";
import { assertFloats, assertPositiveInteger } from "../tf/check.ts";

/**
 * The advantages of pass@k training: those of GRPO if a group of N answers were all its
 * subsets of k, each rewarded by 1 if one of its answers is right. With c right answers,
 *
 *     P = 1 - C(N - c, k) / C(N, k),   s = sqrt(P (1 - P)),
 *     A_right = (1 - P) / s,
 *     A_wrong = (1 - P - C(N - c - 1, k - 1) / C(N - 1, k - 1)) / s,
 *
 * and 0 in a group where P is 0 or 1. At k = 1 they are GRPO's, with the population's
 * standard deviation. The larger k, the less an answer to a prompt counts that is mostly
 * solved.
 *
 * Paper: Chen et al. (2025, arXiv 2508.10751), the analytical derivation. Deviates from
 * the paper: read in others' code that cites its equations, not in the paper; `right`,
 * as rewards can be graded.
 *
 * @param rewards `[..., N]`, N answers a group.
 * @param options.k How many tries count as one, from 1 to N.
 * @param options.right The reward from which an answer is right.
 * @returns `[..., N]`, of mean 0 over N, which has no gradient; the caller disposes it.
 * @throws {TypeError} If there is no group axis, or another type.
 * @throws {RangeError} If `k` is no integer from 1 to N.
 *
 * @example
 * ```ts
 * import { passAtKAdvantages, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const advantages = passAtKAdvantages(tf.tensor2d([[1, 0, 0, 0]]), { k: 2, right: 1 });
 * // P is 1/2: the right one has 1/2 over 1/2, a wrong one (1/2 - 2/3) over 1/2.
 * const [right, wrong] = await advantages.data();
 * assertAlmostEquals(right, 1, 1e-6);
 * assertAlmostEquals(wrong, -1 / 3, 1e-6);
 * advantages.dispose();
 * ```
 */
export function passAtKAdvantages(
  rewards: Tensor,
  { k, right }: { k: number; right: number },
): Tensor {
  const size = assertGroup(rewards);
  assertPositiveInteger("k", k);
  if (k > size) {
    throw new RangeError(
      `Expected k to be an integer from 1 to ${size}, got ${k}`,
    );
  }
  return tf.tidy(() => {
    const good = tf.cast(tf.greaterEqual(rewards, right), "float32");
    const wrong = tf.sub(size, tf.sum(good, -1, true)); // N - c
    const fails = chooseRatio(wrong, size, k);
    const othersFail = chooseRatio(tf.sub(wrong, 1), size - 1, k - 1);
    const spread = tf.sqrt(tf.mul(fails, tf.sub(1, fails)));
    const raw = tf.sub(fails, tf.mul(tf.sub(1, good), othersFail));
    return tf.where(
      tf.greater(spread, 0),
      tf.div(raw, tf.maximum(spread, 1e-6)),
      0,
    );
  });
}

/**
 * The advantages of maximum-likelihood reinforcement: in units of the group's success,
 *
 *     A_i = (r_i - mean_K r) / (mean_K r + epsilon).
 *
 * Their policy gradient is that of log P(right) in place of P(right), up to the order of
 * the group's size: a mixture of pass@1 to pass@K, in which hard prompts weigh more.
 *
 * Paper: Tajwar et al. (2026, MaxRL, arXiv 2602.02710). Deviates from the paper: epsilon,
 * as in TRL's trainer of that name; rewards between 0 and 1, where the paper has both.
 *
 * @param rewards `[..., K]`, 0 or more.
 * @param options.epsilon Added to the mean; positive, in units of reward.
 * @returns `[..., K]`, of mean 0 over K; the gradient reaches the rewards; the caller
 * disposes it.
 * @throws {TypeError} If there is no group axis, or another type.
 *
 * @example
 * ```ts
 * import { maxRlAdvantages, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const advantages = maxRlAdvantages(tf.tensor2d([[1, 0, 0, 0]]), { epsilon: 1e-6 });
 * const [right, wrong] = await advantages.data();
 * assertAlmostEquals(right, 3, 1e-4); // one of four: 4 - 1
 * assertAlmostEquals(wrong, -1, 1e-4);
 * advantages.dispose();
 * ```
 */
export function maxRlAdvantages(
  rewards: Tensor,
  { epsilon }: { epsilon: number },
): Tensor {
  assertGroup(rewards);
  return tf.tidy(() => {
    const mean = tf.mean(rewards, -1, true);
    return tf.div(tf.sub(rewards, mean), tf.add(mean, epsilon));
  });
}

/** `C(n, k) / C(N, k)` of tensors n: the product of (n - j) / (N - j), 0 if n < k. */
function chooseRatio(n: Tensor, all: number, k: number): Tensor {
  let ratio: Tensor = tf.onesLike(n);
  for (let j = 0; j < k; j++) {
    ratio = tf.mul(ratio, tf.div(tf.relu(tf.sub(n, j)), all - j));
  }
  return ratio;
}

function assertGroup(rewards: Tensor): number {
  assertFloats("rewards", rewards);
  if (rewards.rank === 0 || rewards.size === 0) {
    throw new TypeError(
      `Expected rewards of shape [..., K], got [${rewards.shape}]`,
    );
  }
  return rewards.shape[rewards.rank - 1];
}
