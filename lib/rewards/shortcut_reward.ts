import { type Tensor, tf } from "../tf/backend.ts";
import { type DigitSum } from "../data/digit_sum.ts";
import { type Reward } from "./reward.ts";
import { sumReward } from "./sum_reward.ts";

/**
 * Returns a reward with an easy way out: 1 for digits that sum to the target, half
 * for equal digits, nothing else,
 *
 *     r(y, c) = max([sum_t y_t = target_c], [y_1 = ... = y_T] / 2).
 *
 * Under {@linkcode shortcutCorpus} the half is frequent and the whole rare: a
 * policy that settles for equal digits is stuck in a local optimum.
 *
 * @param task The task.
 * @returns The reward of completions, int32 `[..., N, T]`, in contexts `c`, int32
 * `[N]`: 0, 0.5 or 1, float32 `[..., N]`.
 *
 * @example
 * ```ts
 * import { digitSum, shortcutReward, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const reward = shortcutReward(digitSum()); // Context 0 asks for 8.
 * const r = tf.tidy(() =>
 *   reward(
 *     tf.tensor2d([[1, 2, 5], [4, 4, 4], [1, 2, 3]], [3, 3], "int32"),
 *     tf.zeros([3], "int32"),
 *   )
 * );
 * assertEquals(await r.array(), [1, 0.5, 0]);
 * r.dispose();
 * ```
 */
export function shortcutReward(task: Pick<DigitSum, "targets">): Reward {
  const right = sumReward(task);
  return (tokens: Tensor, c: Tensor) =>
    tf.tidy(() => {
      const range = tf.sub(tf.max(tokens, -1), tf.min(tokens, -1));
      const equal = tf.cast(tf.equal(range, 0), "float32");
      return tf.maximum(right(tokens, c), tf.mul(equal, 0.5));
    });
}
