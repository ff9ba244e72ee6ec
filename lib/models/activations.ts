import { type Tensor, tf } from "../tf/backend.ts";

const epsilon = 1e-6;

/**
 * SiLU, `x sigmoid(x)` (Elfwing et al. 2018, arXiv 1702.03118, eq. 3).
 *
 * The gradient, `s + y (1 - s)` with `s = sigmoid(x)`, is written out: it takes
 * four passes over the values where TensorFlow.js's own takes eight.
 *
 * @param x Any shape.
 * @returns The same shape; the gradient reaches `x`; the caller disposes it.
 *
 * @example
 * ```ts
 * import { silu, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const y = tf.tidy(() => silu(tf.scalar(2)));
 * assertAlmostEquals((await y.data())[0], 2 / (1 + Math.exp(-2)), 1e-6);
 * y.dispose();
 * ```
 */
export const silu: (x: Tensor) => Tensor = tf.customGrad((x, save) => {
  const s = tf.sigmoid(x as Tensor);
  const y = tf.mul(x as Tensor, s);
  (save as (tensors: Tensor[]) => void)([s, y]);
  return {
    value: y,
    gradFunc: (dy: Tensor, [s, y]: Tensor[]) =>
      tf.mul(dy, tf.add(y, tf.mul(s, tf.sub(1, y)))),
  };
});

/**
 * Root-mean-square normalisation over the last axis, `x / sqrt(mean(x^2) + e)`
 * (Zhang and Sennrich 2019, arXiv 1910.07467, eq. 4).
 *
 * Deviates from the paper: no gain, which the linear layer that follows absorbs.
 *
 * @param x `[..., D]`.
 * @returns The same shape; the gradient reaches `x`; the caller disposes it.
 *
 * @example
 * ```ts
 * import { rmsNorm, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const y = tf.tidy(() => rmsNorm(tf.tensor1d([3, 4])));
 * assertAlmostEquals((await y.data())[0], 3 / Math.sqrt(12.5), 1e-5);
 * y.dispose();
 * ```
 */
export const rmsNorm: (x: Tensor) => Tensor = tf.customGrad((x, save) => {
  const meanSquare = tf.mean(tf.square(x as Tensor), -1, true);
  const scale = tf.rsqrt(tf.add(meanSquare, epsilon));
  const y = tf.mul(x as Tensor, scale);
  (save as (tensors: Tensor[]) => void)([scale, y]);
  return {
    value: y,
    gradFunc: (dy: Tensor, [scale, y]: Tensor[]) => {
      const along = tf.mean(tf.mul(dy, y), -1, true);
      return tf.mul(tf.sub(dy, tf.mul(y, along)), scale);
    },
  };
});
