import { type Tensor, tf } from "../tf/backend.ts";
import { type Reward } from "./reward.ts";

/**
 * Returns the reward for even digits: the probability that a classifier gives to
 * the even classes,
 *
 *     r(x) = sum_{k even} softmax(logits(x))_k.
 *
 * Paper: Fan et al. (ICLR 2025, arXiv 2502.06061), the even-digits experiment.
 *
 * @param logits The reward's classifier: pictures `[..., N, D]` to `[..., N, classes]`,
 * class k at index k.
 * @returns A reward in [0, 1] that ignores the context; the gradient reaches x.
 *
 * @example
 * ```ts
 * import { evenReward, type Tensor, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const alwaysSix = (x: Tensor) =>
 *   tf.cast(tf.oneHot(tf.fill([x.shape[0]], 6, "int32"), 10, 9, 0), "float32");
 * const r = tf.tidy(() =>
 *   evenReward(alwaysSix)(tf.zeros([1, 784]), tf.zeros([1], "int32"))
 * );
 * // (e^9 + 4) / (e^9 + 9)
 * assertAlmostEquals((await r.data())[0], 8107.084 / 8112.084, 1e-5);
 * r.dispose();
 * ```
 */
export function evenReward(logits: (x1: Tensor) => Tensor): Reward {
  return (x1) =>
    tf.tidy(() => {
      const probabilities = tf.softmax(logits(x1));
      const classes = probabilities.shape[probabilities.rank - 1];
      const even = Array.from({ length: classes }, (_, k) => 1 - k % 2);
      return tf.sum(tf.mul(probabilities, tf.tensor1d(even)), -1);
    });
}
