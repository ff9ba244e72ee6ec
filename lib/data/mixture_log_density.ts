import { type Tensor, tf } from "../tf/backend.ts";
import { type Mixture } from "./mixture.ts";
import { assertPoints, squaredModeDistances } from "./points.ts";

/**
 * Returns the exact log density of points under a mixture, in nats:
 *
 *     log p(x | c) = logsumexp_k(log weights[c][k] - |x - means[k]|^2 / (2 std^2)) - log(2 pi std^2)
 *
 * @param mixture The mixture.
 * @param x Points, `[..., N, 2]`; the gradient reaches them.
 * @param c The context of each point, int32 `[N]`.
 * @returns Log densities `[..., N]`, which the caller disposes.
 * @throws {TypeError} If a shape or a dtype differs.
 *
 * @example
 * ```ts
 * import { mixtureLogDensity, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const mixture = { means: [[0, 0]], std: 1, weights: [[1]] } as const;
 * const logp = tf.tidy(() =>
 *   mixtureLogDensity(mixture, tf.zeros([1, 2]), tf.zeros([1], "int32"))
 * );
 * assertAlmostEquals((await logp.data())[0], -Math.log(2 * Math.PI), 1e-6);
 * logp.dispose();
 * ```
 */
export function mixtureLogDensity(
  mixture: Mixture,
  x: Tensor,
  c: Tensor,
): Tensor {
  assertPoints(x, c);
  const { std, weights } = mixture;
  return tf.tidy(() => {
    const modes = mixture.means.length;
    const table = tf.log(tf.tensor2d(weights.flat(), [weights.length, modes]));
    const exponents = tf.mul(squaredModeDistances(mixture, x), -0.5 / std ** 2);
    const terms = tf.add(exponents, tf.gather(table, c)); // [..., N, modes]
    return tf.sub(
      tf.logSumExp(terms, -1),
      Math.log(2 * Math.PI * std ** 2),
    );
  });
}
