import { type Tensor, tf } from "../tf/backend.ts";
import { assertSameShape } from "../tf/check.ts";

/**
 * `mean_D (a - b)^2` of the two velocities of a record, `[..., D]` to `[...]`; the
 * gradient reaches both.
 *
 * @param velocities Two tensors by the name of their argument.
 * @throws {TypeError} If the shapes differ, or are empty or scalar.
 */
export function meanSquaredDistance(
  velocities: Record<string, Tensor>,
): Tensor {
  assertSameShape(velocities);
  const [[name, a], [, b]] = Object.entries(velocities);
  if (a.rank === 0) {
    throw new TypeError(`Expected ${name} of shape [..., D], got a scalar`);
  }
  return tf.tidy(() => tf.mean(tf.square(tf.sub(a, b)), -1));
}
