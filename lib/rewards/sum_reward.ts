import { type Tensor, tf } from "../tf/backend.ts";
import { type DigitSum } from "../data/digit_sum.ts";
import { type Reward } from "./reward.ts";

/**
 * Returns the verifiable reward of digits that sum to the target,
 *
 *     r(y, c) = [sum_t y_t = target_c].
 *
 * Every right answer pays the same: entropy lost among them is lost for nothing.
 *
 * @param task The task.
 * @returns The reward of completions, int32 `[..., N, T]`, in contexts `c`, int32
 * `[N]`: 0 or 1, float32 `[..., N]`.
 *
 * @example
 * ```ts
 * import { digitSum, sumReward, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const reward = sumReward(digitSum()); // Contexts 0 and 1 ask for 8 and 11.
 * const r = tf.tidy(() =>
 *   reward(
 *     tf.tensor2d([[1, 2, 5], [1, 2, 5]], [2, 3], "int32"),
 *     tf.tensor1d([0, 1], "int32"),
 *   )
 * );
 * assertEquals(await r.array(), [1, 0]);
 * r.dispose();
 * ```
 */
export function sumReward({ targets }: Pick<DigitSum, "targets">): Reward {
  return (tokens: Tensor, c: Tensor) =>
    tf.tidy(() => {
      // Not gathered: the native kernel reads the indices back.
      const ids = tf.range(0, targets.length, 1, "int32");
      const asked = tf.cast(tf.equal(tf.expandDims(c, -1), ids), "int32"); // [N, C]
      const wanted = tf.cast(
        tf.sum(tf.mul(asked, tf.tensor1d([...targets], "int32")), -1),
        "int32",
      ); // [N]
      const sums = tf.cast(tf.sum(tokens, -1), "int32");
      return tf.cast(tf.equal(sums, wanted), "float32");
    });
}
