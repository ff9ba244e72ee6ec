import { type Tensor, tf } from "../../tf/backend.ts";
import { withGradient } from "./frozen.ts";

/**
 * Layer normalisation over the last axis without gain and bias,
 * `(x - mean) / sqrt(variance + epsilon)` (Ba et al. 2016, arXiv 1607.06450, eq. 4).
 *
 * @param x `[..., D]`.
 * @param epsilon Added to the variance.
 * @returns The same shape; the gradient reaches `x`; the caller disposes it.
 */
export function layerNorm(x: Tensor, epsilon: number): Tensor {
  const mean = (x: Tensor) => tf.mean(x, -1, true);
  return withGradient(([x], save) => {
    const centred = tf.sub(x, mean(x));
    const scale = tf.rsqrt(tf.add(mean(tf.square(centred)), epsilon));
    const y = tf.mul(centred, scale) as Tensor;
    save([scale, y]);
    return {
      value: y,
      gradFunc: (dy, [scale, y]) => {
        const along = tf.mul(y, mean(tf.mul(dy, y)));
        return tf.mul(tf.sub(tf.sub(dy, mean(dy)), along), scale);
      },
    };
  })(x);
}

/**
 * Layer normalisation with a gain and a bias, `weight layerNorm(x) + bias`.
 *
 * @param x `[..., D]`.
 * @param affine `weight` and `bias`, `[D]` each.
 * @param epsilon Added to the variance.
 * @returns The same shape; gradients reach all tensors; the caller disposes it.
 */
export function affineNorm(
  x: Tensor,
  { weight, bias }: { weight: Tensor; bias: Tensor },
  epsilon: number,
): Tensor {
  return tf.tidy(() => tf.add(tf.mul(layerNorm(x, epsilon), weight), bias));
}
