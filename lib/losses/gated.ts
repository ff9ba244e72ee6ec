import { type Tensor, tf } from "../tf/backend.ts";
import { assertSameShape } from "../tf/check.ts";
import { highestTokens } from "./covariance.ts";

/**
 * Advantages that count more for a good answer the farther it is from the others of its
 * prompt:
 *
 *     A_i d_i / mean_K d   if A_i > 0,   A_i otherwise,
 *
 * where d_i is the distance to the nearest other answer. A group of equal answers keeps
 * its advantages. Shaped advantages have no mean of 0.
 *
 * Paper: He et al. (2025, GARDO, arXiv 2512.24138), the diversity-aware advantages, as
 * in the authors' code (tinnerhrhe/GARDO). Deviates from the code: distances are an input,
 * where it has cosines of picture features.
 *
 * @param advantages `[..., K]`.
 * @param distances Between the answers of a group, `[..., K, K]`, 0 or more.
 * @returns `[..., K]`; the caller disposes it.
 * @throws {TypeError} If the shapes do not fit, or a group has fewer than two.
 *
 * @example
 * ```ts
 * import { diverseAdvantages, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const advantages = diverseAdvantages(
 *   tf.tensor1d([1, 1, -2]),
 *   tf.tensor2d([[0, 4, 3], [4, 0, 1], [3, 1, 0]]), // the nearest: 3, 1, 1
 * );
 * assertEquals(
 *   [...await advantages.data()].map((A) => Math.round(A * 10)),
 *   [18, 6, -20],
 * );
 * advantages.dispose();
 * ```
 */
export function diverseAdvantages(
  advantages: Tensor,
  distances: Tensor,
): Tensor {
  const count = advantages.shape[advantages.rank - 1];
  const square = [...advantages.shape, count];
  if (!(count >= 2) || !tf.util.arraysEqual(distances.shape, square)) {
    throw new TypeError(
      `Expected distances of shape [${square}] of two answers or more for advantages [${advantages.shape}], got [${distances.shape}]`,
    );
  }
  return tf.tidy(() => {
    const own = tf.mul(tf.eye(count), 1e30);
    const nearest = tf.min(tf.add(distances, own), -1);
    const mean = tf.mean(nearest, -1, true);
    const factor = tf.where(
      tf.greater(mean, 0),
      tf.div(nearest, tf.maximum(mean, 1e-12)),
      1,
    );
    return tf.where(
      tf.greater(advantages, 0),
      tf.mul(advantages, factor),
      advantages,
    );
  });
}

/**
 * Which answers a proxy is least to be trusted on: the share of them whose rank by the
 * reward is the farthest above their rank by a judge, among those that it is above.
 *
 * Ranks are the share of a member's answers with a lower value, and half of those with
 * the same.
 *
 * Paper: He et al. (2025, GARDO, arXiv 2512.24138), the gate by the disagreement of
 * rewards. Deviates from the authors' code: one judge; the share is fixed, where it moves
 * by a tenth with the disagreement; a sample that the proxy likes *more* than the judge
 * is gated (the code's difference of ranks, of which 1 is the best, has the other sign).
 *
 * @param values `rewards`, the proxy's, and `judged`, `[M, ...]`.
 * @param options.share From 0 to 1, of the answers that the proxy ranks higher.
 * @returns 1 for an answer that is gated, else 0, the same shape, which has no gradient;
 * the caller disposes it.
 * @throws {TypeError} If the shapes differ.
 *
 * @example
 * ```ts
 * import { mistrusted, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const gate = mistrusted({
 *   rewards: tf.tensor2d([[1, 0.9, 0.2, 0.1]]),
 *   judged: tf.tensor2d([[0.1, 0.9, 0.3, 0.2]]),
 * }, { share: 1 });
 * assertEquals(await gate.array(), [[1, 0, 0, 0]]); // first by one, last by the other
 * gate.dispose();
 * ```
 */
export function mistrusted(
  { rewards, judged }: { rewards: Tensor; judged: Tensor },
  { share }: { share: number },
): Tensor {
  assertSameShape({ rewards, judged });
  return tf.tidy(() => {
    const members = rewards.shape[0];
    const ranks = (values: Tensor) => {
      const flat = tf.reshape(values, [members, -1]);
      const [own, others] = [tf.expandDims(flat, 2), tf.expandDims(flat, 1)];
      const lower = tf.cast(tf.less(others, own), "float32");
      const same = tf.cast(tf.equal(others, own), "float32");
      return tf.mean(tf.add(lower, tf.div(same, 2)), 2);
    };
    const above = tf.sub(ranks(rewards), ranks(judged));
    const allowed = tf.cast(tf.greater(above, 1e-6), "float32");
    const count = tf.floor(tf.mul(share, tf.sum(allowed, 1)));
    return tf.reshape(
      highestTokens(above, { allowed, count }),
      rewards.shape,
    );
  });
}
