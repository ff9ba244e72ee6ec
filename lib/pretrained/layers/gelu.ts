import { type Tensor, tf } from "../../tf/backend.ts";
import { withGradient } from "./frozen.ts";

/** The exact GELU, `x Phi(x)` (Hendrycks and Gimpel 2016, arXiv 1606.08415, eq. 1). */
export function gelu(x: Tensor): Tensor {
  const phi = tf.mul(0.5, tf.add(1, tf.erf(tf.mul(x, Math.SQRT1_2))));
  return tf.mul(x, phi);
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
export const geluTanh: (x: Tensor) => Tensor = withGradient(([x], save) => {
  const inner = tf.mul(
    tf.mul(x, root2OverPi),
    tf.add(tf.mul(tf.square(x), cubic), 1),
  );
  const t = tf.tanh(inner);
  save([x, t]);
  return {
    value: tf.mul(tf.mul(x, 0.5), tf.add(t, 1)),
    gradFunc: (dy, [x, t]) => {
      const slope = tf.mul(
        tf.add(tf.mul(tf.square(x), 3 * cubic), 1),
        root2OverPi,
      );
      const curved = tf.mul(tf.mul(x, slope), tf.sub(1, tf.square(t)));
      return tf.mul(dy, tf.mul(tf.add(tf.add(t, 1), curved), 0.5));
    },
  };
});
