import { type Tensor, tf } from "../tf/backend.ts";

/**
 * Layer normalisation over the last axis without gain and bias,
 * `(x - mean) / sqrt(variance + epsilon)` (Ba et al. 2016, arXiv 1607.06450, eq. 4).
 *
 * @param x `[..., D]`.
 * @param epsilon Added to the variance.
 * @returns The same shape; the gradient reaches `x`; the caller disposes it.
 */
export function layerNorm(x: Tensor, epsilon: number): Tensor {
  return normalised(x, epsilon, true);
}

/**
 * Root-mean-square normalisation over the last axis without gain,
 * `x / sqrt(mean(x^2) + epsilon)` (Zhang and Sennrich 2019, arXiv 1910.07467, eq. 4).
 *
 * @param x `[..., D]`.
 * @param epsilon Added to the mean square.
 * @returns The same shape; the gradient reaches `x`; the caller disposes it.
 */
export function rootMeanSquareNorm(x: Tensor, epsilon: number): Tensor {
  return normalised(x, epsilon, false);
}

/** Keeps the result and one number a row for the gradient, not every step between. */
function normalised(x: Tensor, epsilon: number, centred: boolean): Tensor {
  const mean = (x: Tensor) => tf.mean(x, -1, true);
  return tf.customGrad((x, save) => {
    const input = x as Tensor;
    const from = centred ? tf.sub(input, mean(input)) : input;
    const scale = tf.rsqrt(tf.add(mean(tf.square(from)), epsilon));
    const y = tf.mul(from, scale);
    (save as (tensors: Tensor[]) => void)([scale, y]);
    return {
      value: y,
      gradFunc: (dy: Tensor, [scale, y]: Tensor[]) => {
        const inward = centred ? tf.sub(dy, mean(dy)) : dy;
        return tf.mul(
          tf.sub(inward, tf.mul(y, mean(tf.mul(dy, y)))),
          scale,
        );
      },
    };
  })(x);
}

const root2OverPi = Math.sqrt(2 / Math.PI);
const cubic = 0.044715;

/**
 * GELU by its tanh approximation,
 * `x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))` (Hendrycks and Gimpel 2016, arXiv
 * 1606.08415, section 2).
 *
 * @param x Any shape.
 * @returns The same shape; the gradient reaches `x`; the caller disposes it.
 */
export const geluTanh: (x: Tensor) => Tensor = tf.customGrad((x, save) => {
  const input = x as Tensor;
  const square = tf.square(input);
  const inner = tf.mul(
    tf.mul(input, root2OverPi),
    tf.add(tf.mul(square, cubic), 1),
  );
  const t = tf.tanh(inner);
  (save as (tensors: Tensor[]) => void)([input, t]);
  return {
    value: tf.mul(tf.mul(input, 0.5), tf.add(t, 1)),
    gradFunc: (dy: Tensor, [x, t]: Tensor[]) => {
      const slope = tf.mul(
        tf.add(tf.mul(tf.square(x), 3 * cubic), 1),
        root2OverPi,
      );
      const curved = tf.mul(tf.mul(x, slope), tf.sub(1, tf.square(t)));
      return tf.mul(dy, tf.mul(tf.add(tf.add(t, 1), curved), 0.5));
    },
  };
});
