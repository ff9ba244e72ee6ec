import { type Tensor, tf } from "../tf/backend.ts";
import { carryNan } from "../tf/carry_nan.ts";
import { shareEntropy } from "./share_entropy.ts";

/**
 * Returns how many classes samples fall into, as counted by a judge:
 *
 *     exp(-sum_k p_k log p_k),   p_k = the part of the samples whose largest logit is k's.
 *
 * 1 is a single class, 10 is ten equally frequent ones. The judge is to be another
 * classifier than the reward's.
 *
 * @param logits The judge's logits, `[..., N, classes]`.
 * @returns Effective numbers `[...]`, which the caller disposes.
 * @throws {TypeError} If logits have fewer than two axes.
 *
 * @example
 * ```ts
 * import { effectiveClasses, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const effective = tf.tidy(() =>
 *   effectiveClasses(tf.tensor2d([[1, 0, 0], [0, 0, 2], [3, 1, 0], [0, 0, 1]]))
 * );
 * assertAlmostEquals((await effective.data())[0], 2, 1e-5);
 * effective.dispose();
 * ```
 */
export function effectiveClasses(logits: Tensor): Tensor {
  if (logits.rank < 2) {
    throw new TypeError(
      `Expected logits of shape [..., N, classes], got [${logits.shape}]`,
    );
  }
  const classes = logits.shape[logits.rank - 1];
  return tf.tidy(() => {
    const largest = tf.oneHot(tf.argMax(logits, -1), classes);
    const predicted = carryNan(logits, tf.cast(largest, "float32"));
    return tf.exp(shareEntropy(tf.mean(predicted, -2)));
  });
}
