import { type Tensor, tf } from "../../tf/backend.ts";
import { withGradient } from "./frozen.ts";

/** The exact GELU, `x Phi(x)` (Hendrycks and Gimpel 2016, arXiv 1606.08415, eq. 1). */
export function gelu(x: Tensor): Tensor {
  const phi = tf.mul(0.5, tf.add(1, tf.erf(tf.mul(x, Math.SQRT1_2))));
  return tf.mul(x, phi);
}

/** `2 sqrt(2 / pi)`, and what stands before the cube. */
const linear = 2 * Math.sqrt(2 / Math.PI);
const cubic = 0.044715 * linear;

/**
 * GELU by its tanh approximation,
 * `x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))` (Hendrycks and Gimpel 2016, arXiv
 * 1606.08415, section 2). Since `(1 + tanh(z)) / 2 = sigmoid(2 z)`, it is computed as
 * `x s` with `s = sigmoid(2 z)`, and its gradient as `s + x s (1 - s) (2 z)'`: fewer passes
 * over the values.
 *
 * @param x Any shape.
 * @returns The same shape; the gradient reaches `x`; the caller disposes it.
 */
export const geluTanh: (x: Tensor) => Tensor = withGradient(([x], save) => {
  const s = tf.sigmoid(
    tf.mul(x, tf.add(tf.mul(tf.square(x), cubic), linear)),
  );
  save([x, s]);
  return {
    value: tf.mul(x, s),
    gradFunc: (dy, [x, s]) => {
      const slope = tf.add(tf.mul(tf.square(x), 3 * cubic), linear);
      const curved = tf.mul(tf.mul(tf.mul(x, s), slope), tf.sub(1, s));
      return tf.mul(dy, tf.add(s, curved));
    },
  };
});
