import { type Tensor, tf } from "../tf/backend.ts";
import { walk } from "./fixed_steps.ts";
import { type FixedSteps, type VelocityField } from "./velocity_field.ts";

/**
 * Solves the flow's equation by the classical Runge-Kutta method:
 *
 *     k1 = v(x, t),                k2 = v(x + h k1 / 2, t + h / 2),
 *     k3 = v(x + h k2 / 2, t + h / 2),   k4 = v(x + h k3, t + h),
 *     x(t + h) = x + h (k1 + 2 k2 + 2 k3 + k4) / 6
 *
 * The global error is of order h^4.
 *
 * @param v The velocity field.
 * @param x0 Noise, `[..., D]`; it stays.
 * @param options.steps Steps of equal size h from t = 0 to t = 1; each evaluates `v`
 * four times.
 * @returns The samples x1, `[..., D]`, which the caller disposes; a gradient reaches
 * x0 and what `v` closes over.
 * @throws {TypeError} If `x0` is not float32, or `v` returns another shape.
 * @throws {RangeError} If `steps` is not a positive integer.
 *
 * @example
 * ```ts
 * import { rk4, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * // dx/dt = x takes x(0) = 1 to x(1) = e.
 * const x1 = tf.tidy(() => rk4((x) => tf.clone(x), tf.ones([1, 1]), { steps: 4 }));
 * assertAlmostEquals((await x1.data())[0], Math.E, 1e-2);
 * x1.dispose();
 * ```
 */
export function rk4(
  v: VelocityField,
  x0: Tensor,
  { steps }: FixedSteps,
): Tensor {
  return walk(x0, steps, (x, t, h) => {
    const middle = tf.add(t, h / 2);
    const k1 = v(x, t);
    const k2 = v(tf.add(x, tf.mul(h / 2, k1)), middle);
    const k3 = v(tf.add(x, tf.mul(h / 2, k2)), middle);
    const k4 = v(tf.add(x, tf.mul(h, k3)), tf.add(t, h));
    const inner = tf.mul(2, tf.add(k2, k3));
    return tf.mul(h / 6, tf.add(tf.add(k1, inner), k4));
  });
}
