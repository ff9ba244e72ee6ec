import { type Tensor, tf } from "../tf/backend.ts";

/**
 * Returns the entropy of shares, in nats:
 *
 *     H = -sum_k p_k log p_k,   p = shares / sum(shares).
 *
 * 0 is a point mass, log(modes) is uniform. Shares need not sum to 1: what is on no
 * mode is left out. A row of zeros has entropy 0.
 *
 * @param shares Shares or counts, `[..., modes]`, not negative.
 * @returns Entropies `[...]`, which the caller disposes.
 * @throws {TypeError} If shares are a scalar.
 *
 * @example
 * ```ts
 * import { shareEntropy, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const entropy = tf.tidy(() => shareEntropy(tf.tensor1d([0.4, 0.4, 0])));
 * assertAlmostEquals((await entropy.data())[0], Math.log(2), 1e-6);
 * entropy.dispose();
 * ```
 */
export function shareEntropy(shares: Tensor): Tensor {
  assertShares(shares);
  return tf.tidy(() => {
    const total = tf.sum(shares, -1, true);
    const p = tf.divNoNan(shares, total);
    // p log p is 0 at p = 0: the log is taken of 1 there.
    const logp = tf.log(tf.where(tf.greater(p, 0), p, tf.onesLike(p)));
    return tf.neg(tf.sum(tf.mul(p, logp), -1));
  });
}

/** Checks that there is an axis of shares. */
export function assertShares(shares: Tensor): void {
  if (shares.rank < 1) {
    throw new TypeError(
      `Expected shares of shape [..., modes], got [${shares.shape}]`,
    );
  }
}
