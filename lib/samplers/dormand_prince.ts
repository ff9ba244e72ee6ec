import { type Tensor, tf } from "../tf/backend.ts";
import { assertFloats, assertPositive, assertSameShape } from "../tf/check.ts";
import { type VelocityField } from "./velocity_field.ts";

/** How exact the adaptive solver is. */
export interface Tolerances {
  /** Relative tolerance of a step, positive. */
  rtol: number;
  /** Absolute tolerance of a step, positive. */
  atol: number;
}

/** What the adaptive solver returns. */
export interface AdaptiveResult {
  /** The samples, `[..., D]`, which the caller disposes. */
  x1: Tensor;
  /** Steps taken. */
  accepted: number;
  /** Steps tried again with a smaller size. */
  rejected: number;
}

// The tableau; the last row of `a` is the fifth-order solution.
const nodes = [0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1];
const a = [
  [],
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
];
const fourthOrder = [
  5179 / 57600,
  0,
  7571 / 16695,
  393 / 640,
  -92097 / 339200,
  187 / 2100,
  1 / 40,
];
const errorWeights = fourthOrder.map((b, i) => (a[6][i] ?? 0) - b);

const firstStep = 0.1;
const smallestStep = 1e-6;

/**
 * Solves the flow's equation by the adaptive method of Dormand and Prince, of order
 * 5 with an error estimate of order 4. A step of size h is taken if
 *
 *     sqrt(mean((e_i / (atol + rtol max(|x_i|, |x_i'|)))^2)) <= 1
 *
 * for its error estimate e, from x to x', over all samples; the next size is h times 0.9 err^(-1/5),
 * between 0.2 h and 5 h.
 *
 * It reads the error of every step off the device: a reference for the fixed-step
 * solvers, and no part of a training loop.
 *
 * Source: Dormand and Prince (1980), A family of embedded Runge-Kutta formulae;
 * Hairer, Nørsett and Wanner, Solving ordinary differential equations I, II.4.
 *
 * @param v The velocity field.
 * @param x0 Noise, `[..., D]`; it stays.
 * @param tolerances `rtol` and `atol`.
 * @returns The samples and the number of steps.
 * @throws {TypeError} If `x0` is not float32, or `v` returns another shape.
 * @throws {RangeError} If a tolerance is not positive, or if the steps that meet it
 * are too small for float32, as where `v` is not finite.
 *
 * @example
 * ```ts
 * import { dormandPrince, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const x0 = tf.ones([1, 1]);
 * const { x1 } = await dormandPrince((x) => tf.clone(x), x0, { rtol: 1e-5, atol: 1e-5 });
 * assertAlmostEquals((await x1.data())[0], Math.E, 1e-4);
 * tf.dispose([x0, x1]);
 * ```
 */
export async function dormandPrince(
  v: VelocityField,
  x0: Tensor,
  { rtol, atol }: Tolerances,
): Promise<AdaptiveResult> {
  assertPositive("rtol", rtol);
  assertPositive("atol", atol);
  assertFloats("x0", x0);
  let x = tf.clone(x0);
  let [t, h, accepted, rejected] = [0, firstStep, 0, 0];
  try {
    while (t < 1) {
      if (1 - t - h < smallestStep) h = 1 - t;
      const [next, error] = tf.tidy(() => {
        const { next, estimate } = tryStep(v, x, t, h);
        const size = tf.maximum(tf.abs(x), tf.abs(next));
        const scaled = tf.div(estimate, tf.add(atol, tf.mul(rtol, size)));
        return [next, tf.sqrt(tf.mean(tf.square(scaled)))] as [Tensor, Tensor];
      });
      const [norm] = await error.data();
      error.dispose();
      if (norm <= 1) {
        x.dispose();
        x = next;
        t += h;
        accepted++;
      } else {
        next.dispose();
        rejected++;
      }
      h *= growth(norm);
      if (t < 1 && h < smallestStep) {
        throw new RangeError(
          `Cannot solve within rtol ${rtol} and atol ${atol}: at t = ${t} the step fell to ${h}, of error ${norm}`,
        );
      }
    }
    return { x1: x, accepted, rejected };
  } catch (error) {
    x.dispose();
    throw error;
  }
}

/** How much longer the next step is than one of this error; 0.2 if it is NaN. */
function growth(norm: number): number {
  const factor = 0.9 * Math.max(norm, 1e-10) ** (-1 / 5);
  return factor > 0.2 ? Math.min(5, factor) : 0.2;
}

function tryStep(
  v: VelocityField,
  x: Tensor,
  t: number,
  h: number,
): { next: Tensor; estimate: Tensor } {
  const slopes: Tensor[] = [];
  const combine = (weights: number[]) =>
    tf.addN(
      weights.flatMap((weight, i) =>
        weight === 0 ? [] : [tf.mul(h * weight, slopes[i])]
      ),
    );
  let next = x;
  for (const [stage, weights] of a.entries()) {
    if (stage > 0) next = tf.add(x, combine(weights));
    const slope = v(next, tf.scalar(t + nodes[stage] * h));
    assertSameShape({ x0: x, "v(xt, t)": slope });
    slopes.push(slope);
  }
  return { next, estimate: combine(errorWeights) };
}
