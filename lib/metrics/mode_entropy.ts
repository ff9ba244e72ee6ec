import { type Tensor, tf } from "../tf/backend.ts";
import { shareEntropy } from "./share_entropy.ts";

/**
 * Returns the mode entropy that counts samples off the data as lost:
 *
 *     H = s * (-sum_k p_k log p_k),   s = sum_k share_k,   p = shares / s,
 *
 * the entropy over the modes of the samples that lie on the data, times their part
 * s of all samples. A policy that leaves the data, and whose few remaining samples
 * are spread over all modes, is not diverse.
 *
 * @param shares Shares as {@linkcode modeShares} makes them, `[..., modes]`, which sum
 * to 1 less what is off the data.
 * @returns Entropies in nats, `[...]`, which the caller disposes.
 * @throws {TypeError} If shares are a scalar.
 *
 * @example
 * ```ts
 * import { modeEntropy, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * // Half of the samples are off the data; the others are on two modes alike.
 * const entropy = tf.tidy(() => modeEntropy(tf.tensor1d([0.25, 0.25, 0])));
 * assertAlmostEquals((await entropy.data())[0], Math.log(2) / 2, 1e-6);
 * entropy.dispose();
 * ```
 */
export function modeEntropy(shares: Tensor): Tensor {
  return tf.tidy(() => tf.mul(tf.sum(shares, -1), shareEntropy(shares)));
}
