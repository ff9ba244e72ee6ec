import { type Tensor, tf } from "../tf/backend.ts";
import { walk } from "./fixed_steps.ts";
import { type FixedSteps, type VelocityField } from "./velocity_field.ts";

/**
 * Solves the flow's equation by Heun's method (the explicit trapezoid):
 *
 *     k1 = v(x, t),   k2 = v(x + h k1, t + h),   x(t + h) = x + h (k1 + k2) / 2
 *
 * The global error is of order h^2.
 *
 * @param v The velocity field.
 * @param x0 Noise, `[..., D]`; it stays.
 * @param options.steps Steps of equal size h from t = 0 to t = 1; each evaluates `v`
 * twice.
 * @returns The samples x1, `[..., D]`, which the caller disposes; a gradient reaches
 * x0 and what `v` closes over.
 * @throws {TypeError} If `x0` is not float32, or `v` returns another shape.
 * @throws {RangeError} If `steps` is not a positive integer.
 *
 * @example
 * ```ts
 * import { heun, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * // dx/dt = x takes x(0) = 1 to x(1) = e.
 * const x1 = tf.tidy(() => heun((x) => tf.clone(x), tf.ones([1, 1]), { steps: 16 }));
 * assertAlmostEquals((await x1.data())[0], Math.E, 1e-2);
 * x1.dispose();
 * ```
 */
export function heun(
  v: VelocityField,
  x0: Tensor,
  { steps }: FixedSteps,
): Tensor {
  return walk(x0, steps, (x, t, h) => {
    const k1 = v(x, t);
    const k2 = v(tf.add(x, tf.mul(h, k1)), tf.add(t, h));
    return tf.mul(h / 2, tf.add(k1, k2));
  });
}
