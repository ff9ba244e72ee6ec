import { type Reward, rewardOf } from "../rewards/reward.ts";
import { type Tensor, tf } from "../tf/backend.ts";

/**
 * Rewards every completion in every context.
 *
 * @param reward The reward.
 * @param sequences The S completions, int32 `[S, T]`, such as
 * {@linkcode enumerateSequences} lists.
 * @param options.contexts The number of contexts, C.
 * @returns `[C, S]`, which the caller disposes.
 * @throws {TypeError} If the reward returns another shape than `[1, S]`.
 *
 * @example
 * ```ts
 * import { digitSum, enumerateSequences, rewardTable, sumReward, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const task = digitSum();
 * const sequences = enumerateSequences(task);
 * const rewards = rewardTable(sumReward(task), sequences, { contexts: 4 });
 * const right = tf.sum(rewards, 1);
 * assertEquals(await right.array(), [45, 69, 69, 45]);
 * tf.dispose([sequences, rewards, right]);
 * ```
 */
export function rewardTable(
  reward: Reward,
  sequences: Tensor,
  { contexts }: { contexts: number },
): Tensor {
  const count = sequences.shape[0];
  return tf.tidy(() =>
    tf.concat(
      Array.from(
        { length: contexts },
        (_, c) => rewardOf(reward, sequences, tf.fill([count], c, "int32")),
      ),
    )
  );
}
