import { type Tensor, tf } from "../tf/backend.ts";
import { walk } from "./fixed_steps.ts";
import { type FixedSteps, type VelocityField } from "./velocity_field.ts";

/**
 * Solves the flow's equation by Euler's method:
 *
 *     x(t + h) = x + h v(x, t)
 *
 * The global error is of order h^1.
 *
 * @param v The velocity field.
 * @param x0 Noise, `[..., D]`; it stays.
 * @param options.steps Steps of equal size h from t = 0 to t = 1; each evaluates `v`
 * once.
 * @returns The samples x1, `[..., D]`, which the caller disposes; a gradient reaches
 * x0 and what `v` closes over.
 * @throws {TypeError} If `x0` is not float32, or `v` returns another shape.
 * @throws {RangeError} If `steps` is not a positive integer.
 *
 * @example
 * ```ts
 * import { euler, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * // dx/dt = x takes x(0) = 1 to x(1) = e.
 * const x1 = tf.tidy(() => euler((x) => tf.clone(x), tf.ones([1, 1]), { steps: 256 }));
 * assertAlmostEquals((await x1.data())[0], Math.E, 1e-2);
 * x1.dispose();
 * ```
 */
export function euler(
  v: VelocityField,
  x0: Tensor,
  { steps }: FixedSteps,
): Tensor {
  return walk(x0, steps, (x, t, h) => tf.mul(h, v(x, t)));
}
