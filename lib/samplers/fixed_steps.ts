import { type Tensor, tf } from "../tf/backend.ts";
import { assertPositiveInteger } from "../tf/check.ts";

/**
 * Walks from t = 0 to t = 1 in equal steps.
 *
 * @param x0 Where to start, `[..., D]`; it stays.
 * @param steps How many steps.
 * @param increment Maps the point, the time of its step's start (a number) and the
 * step's size to the change of the point; its other tensors are disposed.
 * @returns The last point, which the caller disposes.
 * @throws {RangeError} If `steps` is not a positive integer.
 */
export function walk(
  x0: Tensor,
  steps: number,
  increment: (x: Tensor, t: number, h: number) => Tensor,
): Tensor {
  assertPositiveInteger("steps", steps);
  const h = 1 / steps;
  let x = x0;
  for (let step = 0; step < steps; step++) {
    const next = tf.tidy(() => tf.add(x, increment(x, step * h, h)));
    if (x !== x0) x.dispose();
    x = next;
  }
  return x;
}
