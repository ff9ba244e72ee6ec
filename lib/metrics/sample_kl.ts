import { type Tensor, tf } from "../tf/backend.ts";
import { assertSameShape } from "../tf/check.ts";

/**
 * Estimates the KL divergence of q from p by samples of q:
 *
 *     KL(q | p) = E_q[log q(x) - log p(x)], here the mean over N samples.
 *
 * Unbiased, but a single estimate can be negative.
 *
 * @param logDensities.logq Log densities of the samples under q, where they come
 * from, `[..., N]`, in nats.
 * @param logDensities.logp The same under p, same shape.
 * @returns KL `[...]` in nats, which the caller disposes.
 * @throws {TypeError} If the shapes differ or are scalars, or a dtype is not float32.
 *
 * @example
 * ```ts
 * import { sampleKl, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const kl = tf.tidy(() =>
 *   sampleKl({ logq: tf.tensor1d([-1, -2]), logp: tf.tensor1d([-2, -4]) })
 * );
 * assertEquals(await kl.array(), 1.5);
 * kl.dispose();
 * ```
 */
export function sampleKl(
  { logq, logp }: { logq: Tensor; logp: Tensor },
): Tensor {
  assertSameShape({ logq, logp });
  if (logq.rank < 1) {
    throw new TypeError(
      `Expected logq of shape [..., N], got [${logq.shape}]`,
    );
  }
  return tf.tidy(() => tf.mean(tf.sub(logq, logp), -1));
}
