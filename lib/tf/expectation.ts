import { type Tensor, tf } from "./backend.ts";

/**
 * The expectation of a value under a distribution,
 *
 *     E_p[value] = sum_v p_v value_v,   p = exp(logp),
 *
 * where what is impossible adds 0, whatever its value: 0 log 0 = 0.
 *
 * @param logp `[..., V]`, in nats; -Infinity for what is impossible.
 * @param values The same shape.
 * @returns `[...]`; the gradient reaches both, and is 0 for what is impossible; the
 * caller disposes it.
 */
export function expectation(logp: Tensor, values: Tensor): Tensor {
  return tf.tidy(() => tf.sum(product(tf.exp(logp), values), -1));
}

const product = tf.customGrad((p, values, save) => {
  // Chosen, not multiplied: 0 * Infinity is NaN.
  const counted = tf.where(tf.greater(p as Tensor, 0), values as Tensor, 0);
  (save as (tensors: Tensor[]) => void)([p as Tensor, counted]);
  return {
    value: tf.mul(p as Tensor, counted),
    gradFunc: (dy: Tensor, [p, counted]: Tensor[]) => [
      tf.mul(dy, counted),
      tf.mul(dy, p),
    ],
  };
});
