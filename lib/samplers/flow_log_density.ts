import { loop } from "../compile/mod.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import {
  assertFloats,
  assertPositiveInteger,
  assertSameShape,
} from "../tf/check.ts";
import { type FixedSteps, type VelocityField } from "./velocity_field.ts";

/**
 * The log density of samples under a flow, by the instantaneous change of variables:
 *
 *     log q(x1) = log N(x0; 0, I) - int_0^1 div v(xt, t) dt
 *
 * along dx/dt = v, solved from x1 back to x0 by the midpoint method. The divergence
 * is exact, one gradient a dimension, so D should be small. In a compiled function the
 * steps are one {@linkcode loop}.
 *
 * Paper: Chen et al. (2018, arXiv 1806.07366), eq. 8; Lipman et al. (2023, arXiv
 * 2210.02747), appendix C.
 *
 * @param v The velocity field.
 * @param x1 Samples, `[..., D]`; they stay.
 * @param options.steps Steps of equal size from t = 1 to t = 0.
 * @returns Log densities in nats, `[...]`, which the caller disposes; not for
 * gradients.
 * @throws {TypeError} If `x1` is no float32 `[..., D]`, or `v` returns another shape.
 * @throws {RangeError} If `steps` is not a positive integer.
 *
 * @example
 * ```ts
 * import { flowLogDensity, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * // dx/dt = x stretches N(0, 1) to N(0, e^2).
 * const logq = tf.tidy(() =>
 *   flowLogDensity((x) => tf.clone(x), tf.zeros([1, 1]), { steps: 32 })
 * );
 * assertAlmostEquals((await logq.data())[0], -0.5 * Math.log(2 * Math.PI) - 1, 1e-3);
 * logq.dispose();
 * ```
 */
export function flowLogDensity(
  v: VelocityField,
  x1: Tensor,
  { steps }: FixedSteps,
): Tensor {
  assertPositiveInteger("steps", steps);
  assertFloats("x1", x1);
  if (x1.rank === 0) {
    throw new TypeError("Expected x1 of shape [..., D], got a scalar");
  }
  const dim = x1.shape[x1.rank - 1];
  const h = 1 / steps;
  return tf.tidy(() => {
    const start = {
      x: x1,
      divergence: tf.zeros(x1.shape.slice(0, -1)) as Tensor,
    };
    const { x, divergence } = loop(steps, start, ({ x, divergence }, step) => {
      const t = tf.sub(1, tf.mul(tf.cast(step, "float32"), h));
      const middle = tf.sub(x, tf.mul(h / 2, v(x, t)));
      const halfway = tf.sub(t, h / 2);
      const slope = v(middle, halfway);
      assertSameShape({ x1: x, "v(xt, t)": slope });
      const change = tf.mul(h, exactDivergence(v, middle, halfway));
      return {
        x: tf.sub(x, tf.mul(h, slope)),
        divergence: tf.add(divergence, change),
      };
    });
    const norms = tf.sum(tf.square(x), -1);
    const logNoise = tf.mul(-0.5, tf.add(norms, dim * Math.log(2 * Math.PI)));
    return tf.sub(logNoise, divergence);
  });
}

/** `sum_d dv_d / dx_d`: samples are independent, so the gradient of a sum is each one's. */
function exactDivergence(v: VelocityField, x: Tensor, t: Tensor): Tensor {
  const dim = x.shape[x.rank - 1];
  const begin = x.shape.map(() => 0);
  const parts = Array.from({ length: dim }, (_, d) => {
    const start = [...begin.slice(1), d];
    const size = [...x.shape.slice(0, -1), 1];
    const component = (tensor: Tensor) => tf.slice(tensor, start, size);
    // The term of x, of weight 0, gives a field that is constant in x a gradient.
    const total = (x: Tensor) =>
      tf.add(tf.sum(component(v(x, t))), tf.mul(0, tf.sum(x)));
    return component(tf.grad(total)(x));
  });
  return tf.squeeze(tf.addN(parts), [-1]);
}
