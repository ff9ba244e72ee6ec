import { isTapeOn, loop } from "../compile/mod.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import {
  assertFloats,
  assertPositiveInteger,
  assertSameShape,
} from "../tf/check.ts";

/**
 * Walks from t = 0 to t = 1 in equal steps. In a compiled function that is one
 * {@linkcode loop}, but where a gradient is to reach x0: none flows through a loop.
 *
 * @param x0 Where to start, `[..., D]`; it stays.
 * @param steps How many steps.
 * @param increment Maps the point, the time of its step's start `[]` and the step's
 * size to the change of the point; its other tensors are disposed.
 * @returns The last point, which the caller disposes.
 * @throws {TypeError} If `x0` is not float32, or the change of another shape.
 * @throws {RangeError} If `steps` is not a positive integer.
 */
export function walk(
  x0: Tensor,
  steps: number,
  increment: (x: Tensor, t: Tensor, h: number) => Tensor,
): Tensor {
  assertPositiveInteger("steps", steps);
  assertFloats("x0", x0);
  const h = 1 / steps;
  const next = (x: Tensor, step: Tensor) => {
    const t = tf.mul(tf.cast(step, "float32"), h);
    const change = increment(x, t, h);
    assertSameShape({ x0: x, "v(xt, t)": change });
    return tf.add(x, change);
  };
  if (!isTapeOn()) return loop(steps, x0, next);
  let x = x0;
  for (let step = 0; step < steps; step++) {
    const before = x;
    x = tf.tidy(() => next(before, tf.scalar(step, "int32")));
    if (before !== x0) before.dispose();
  }
  return x;
}
