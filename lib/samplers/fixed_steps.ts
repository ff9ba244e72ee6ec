import { type Tensor, tf } from "../tf/backend.ts";
import {
  assertFloats,
  assertPositiveInteger,
  assertSameShape,
} from "../tf/check.ts";

/**
 * Walks from t = 0 to t = 1 in equal steps.
 *
 * @param x0 Where to start, `[..., D]`; it stays.
 * @param steps How many steps.
 * @param increment Maps the point, the time of its step's start (a number) and the
 * step's size to the change of the point; its other tensors are disposed.
 * @returns The last point, which the caller disposes.
 * @throws {TypeError} If `x0` is not float32, or the change of another shape.
 * @throws {RangeError} If `steps` is not a positive integer.
 */
export function walk(
  x0: Tensor,
  steps: number,
  increment: (x: Tensor, t: number, h: number) => Tensor,
): Tensor {
  assertPositiveInteger("steps", steps);
  assertFloats("x0", x0);
  const h = 1 / steps;
  let x = x0;
  for (let step = 0; step < steps; step++) {
    const next = tf.tidy(() => {
      const change = increment(x, step * h, h);
      assertSameShape({ x0: x, "v(xt, t)": change });
      return tf.add(x, change);
    });
    if (x !== x0) x.dispose();
    x = next;
  }
  return x;
}
