import { type Tensor, tf } from "../tf/backend.ts";

/**
 * How good each sample is: a plain function of samples `x1`, `[M, N, D]`, and their
 * contexts `c`, int32 `[N]`, which the M members share. It returns `[M, N]`, float32,
 * as a fresh tensor. It is tensors end to end, as it runs inside the training loop.
 *
 * Completions are samples of int32, `[M, N, T]`. The library calls a reward with
 * three axes everywhere; the rewards that it comes with take any leading axes.
 */
export type Reward = (x1: Tensor, c: Tensor) => Tensor;

/**
 * Rewards samples that have no axis of members, as those of one member.
 *
 * @param reward The reward.
 * @param x1 Samples, `[N, D]`.
 * @param c Their contexts, int32 `[N]`.
 * @returns `[1, N]`, which the caller disposes.
 * @throws {TypeError} If the reward returns another shape or type.
 */
export function rewardOf(reward: Reward, x1: Tensor, c: Tensor): Tensor {
  return tf.tidy(() => {
    const members = tf.expandDims(x1, 0); // [1, N, D]
    const rewards = reward(members, c);
    const shape = members.shape.slice(0, 2);
    if (
      rewards.dtype !== "float32" ||
      !tf.util.arraysEqual(rewards.shape, shape)
    ) {
      throw new TypeError(
        `Expected reward to return float32 [${shape}] for x1 [${members.shape}], got ${rewards.dtype} [${rewards.shape}]`,
      );
    }
    return rewards;
  });
}
