import { assert, assertAlmostEquals } from "@std/assert";
import { euler } from "../../lib/samplers/euler.ts";
import { heun } from "../../lib/samplers/heun.ts";
import { midpoint } from "../../lib/samplers/midpoint.ts";
import { rk4 } from "../../lib/samplers/rk4.ts";
import { type VelocityField } from "../../lib/samplers/velocity_field.ts";
import { tf } from "../../lib/tf/backend.ts";
import { evaluate } from "../evaluate.ts";

/** The order that a solver declares, at steps where float32 does not show yet. */
const solvers = {
  euler: { solve: euler, order: 1, steps: [32, 64, 128] },
  midpoint: { solve: midpoint, order: 2, steps: [16, 32, 64] },
  heun: { solve: heun, order: 2, steps: [16, 32, 64] },
  rk4: { solve: rk4, order: 4, steps: [4, 8, 16] },
};

interface AnalyticFlow {
  v: VelocityField;
  x0: number[][];
  x1: number[][];
}

const fields: Record<string, AnalyticFlow> = {
  // dx/dt = 6 t x (1 - x): the logit of x rises by 3, from 0 and from -ln 3.
  "a nonlinear field that depends on time": {
    v: (xt, t) => tf.mul(tf.mul(6, t), tf.mul(xt, tf.sub(1, xt))),
    x0: [[0.5], [0.25]],
    x1: [[1 / (1 + Math.exp(-3))], [1 / (1 + 3 * Math.exp(-3))]],
  },
  // Half a turn around the origin.
  "a field that couples two dimensions": {
    v: (xt) => {
      const [a, b] = tf.split(xt, 2, -1);
      return tf.mul(Math.PI, tf.concat([tf.neg(b), a], -1));
    },
    x0: [[1, 0], [2, 1]],
    x1: [[-1, 0], [-2, -1]],
  },
};

/** The slope of the line through points, by least squares. */
function slope(xs: number[], ys: number[]): number {
  const mean = (values: number[]) =>
    values.reduce((a, b) => a + b) / values.length;
  const [x, y] = [mean(xs), mean(ys)];
  const products = xs.map((value, i) => (value - x) * (ys[i] - y));
  return mean(products) / mean(xs.map((value) => (value - x) ** 2));
}

for (const [name, { solve, order, steps }] of Object.entries(solvers)) {
  for (const [field, { v, x0, x1 }] of Object.entries(fields)) {
    Deno.test(`${name}() converges with order ${order} on ${field}`, async () => {
      const logErrors: number[] = [];
      for (const count of steps) {
        const { values: [error] } = await evaluate(() => {
          const reached = solve(v, tf.tensor2d(x0), { steps: count });
          return tf.max(tf.abs(tf.sub(reached, tf.tensor2d(x1))));
        });
        logErrors.push(Math.log2(error));
      }
      const measured = -slope(steps.map(Math.log2), logErrors);
      assert(Math.abs(measured - order) < 0.25, `order ${measured}`);
    });
  }

  Deno.test(`${name}() passes gradients to x0 and to what the field closes over`, async () => {
    // dx/dt = a x: x1 = x0 e^a; by x0, e^a; by a, x0 e^a. At x0 = 2, a = 0.5.
    const gradients = (index: number) =>
      evaluate(() =>
        tf.grads((x0, a) => solve((xt) => tf.mul(a, xt), x0, { steps: 64 }))(
          [tf.tensor1d([2]), tf.scalar(0.5)],
        )[index]
      );
    const { values: [byStart] } = await gradients(0);
    const { values: [byRate] } = await gradients(1);
    assertAlmostEquals(byStart, 1.648721, 0.02);
    assertAlmostEquals(byRate, 3.297443, 0.04);
  });
}
