import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
} from "@std/assert";
import { dormandPrince } from "../../lib/samplers/dormand_prince.ts";
import { type VelocityField } from "../../lib/samplers/velocity_field.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";

/** Solves, checks that nothing leaks, and returns values and counts. */
async function solve(v: VelocityField, start: number[][], tolerance: number) {
  const x0 = tf.tensor2d(start);
  const before = tf.memory().numTensors;
  const { x1, accepted, rejected } = await dormandPrince(v, x0, {
    rtol: tolerance,
    atol: tolerance,
  });
  assertEquals(tf.memory().numTensors, before + 1, "leaked");
  const values = [...await x1.data()];
  tf.dispose([x0, x1]);
  return { values, accepted, rejected };
}

const logistic: VelocityField = (xt, t) =>
  tf.mul(tf.mul(6, t), tf.mul(xt, tf.sub(1, xt)));

Deno.test("dormandPrince() reaches the analytic flow within its tolerance", async () => {
  for (const tolerance of [1e-3, 1e-4, 1e-5]) {
    const { values } = await solve(logistic, [[0.5], [0.25]], tolerance);
    // The logit rises by 3: 1 / (1 + e^-3), 1 / (1 + 3 e^-3).
    assertAlmostEquals(values[0], 0.9525741, 3 * tolerance);
    assertAlmostEquals(values[1], 0.8700472, 3 * tolerance);
  }
});

Deno.test("dormandPrince() takes more steps for a smaller tolerance", async () => {
  const coarse = await solve(logistic, [[0.5]], 1e-2);
  const fine = await solve(logistic, [[0.5]], 1e-6);
  assert(fine.accepted > coarse.accepted, `${fine.accepted}`);
});

Deno.test("dormandPrince() is exact on polynomials of time up to degree 4", async () => {
  // dx/dt = 5 t^4 from 0: x1 = 1, and the largest steps: 0.1, 0.5, the rest.
  const v: VelocityField = (xt, t) =>
    tf.add(tf.zerosLike(xt), tf.mul(5, tf.pow(t, tf.scalar(4))));
  const { values } = await solve(v, [[0]], 1e-3);
  assertAlmostEquals(values[0], 1, 1e-6);
});

Deno.test("dormandPrince() has the published stability function", async () => {
  // Hairer and Wanner II, IV.2: on dx/dt = x a step of z multiplies x by
  // 1 + z + z^2/2 + z^3/6 + z^4/24 + z^5/120 + z^6/600. On dx/dt = 4x the largest
  // steps, 0.1, 0.5 and the rest, are of z = 0.4, 2 and 1.6.
  const { values, accepted } = await solve((x) => tf.mul(4, x), [[1]], 1e3);
  assertEquals(accepted, 3);
  const steps = [1.4918255, 7.3733333, 4.9510767];
  const expected = steps.reduce((product, step) => product * step);
  assertAlmostEquals(values[0] / expected, 1, 1e-6);
});

Deno.test("dormandPrince() sees no error in a constant field", async () => {
  const x0 = tf.zeros([1, 1]) as Tensor;
  const constant: VelocityField = (x) => tf.onesLike(x);
  const { x1, accepted, rejected } = await dormandPrince(constant, x0, {
    rtol: 1e-6,
    atol: 1e-12,
  });
  assertEquals([accepted, rejected], [3, 0]);
  tf.dispose([x0, x1]);
});

Deno.test("dormandPrince() goes back where the field turns quickly", async () => {
  // A bump at t = 0.5 and its integral, sqrt(pi) / 20.
  const bump: VelocityField = (xt, t) => {
    const z = tf.mul(20, tf.sub(t, 0.5));
    return tf.add(tf.zerosLike(xt), tf.exp(tf.neg(tf.square(z))));
  };
  const { values, rejected } = await solve(bump, [[0]], 1e-5);
  assert(rejected > 0, `${rejected}`);
  assertAlmostEquals(values[0], 0.08862269, 1e-4);
});

Deno.test("dormandPrince() says so where a field is not finite, and leaks nothing", async () => {
  const holes: Record<string, VelocityField> = {
    NaN: (xt, t) => tf.div(tf.mul(xt, tf.relu(tf.sub(t, 0.3))), 0),
    Infinity: (xt) => tf.fill(xt.shape, Infinity),
    "x0 / 0": (xt, t) => tf.div(xt, tf.sub(0.25, t)),
  };
  for (const [name, v] of Object.entries(holes)) {
    const x0 = tf.ones([2, 1]);
    const before = tf.memory().numTensors;
    await assertRejects(
      () => dormandPrince(v, x0, { rtol: 1e-4, atol: 1e-4 }),
      RangeError,
      "Cannot solve within rtol 0.0001 and atol 0.0001: at t = 0",
      name,
    );
    assertEquals(tf.memory().numTensors, before, name);
    x0.dispose();
  }
});

Deno.test("dormandPrince() refuses tolerances, points and velocities that do not fit", async () => {
  const x0 = tf.ones([2, 3]);
  const integers = tf.ones([2, 3], "int32");
  const v = (xt: Tensor) => tf.clone(xt);
  for (const wrong of [0, -1, NaN]) {
    await assertRejects(
      () => dormandPrince(v, x0, { rtol: wrong, atol: 1 }),
      RangeError,
      "rtol",
    );
    await assertRejects(
      () => dormandPrince(v, x0, { rtol: 1, atol: wrong }),
      RangeError,
      "atol",
    );
  }
  await assertRejects(
    () => dormandPrince(v, integers, { rtol: 1, atol: 1 }),
    TypeError,
    "x0",
  );
  const before = tf.memory().numTensors;
  await assertRejects(
    () => dormandPrince(() => tf.ones([2, 1]), x0, { rtol: 1, atol: 1 }),
    TypeError,
    "Expected v(xt, t) of the shape of x0, [2,3], got [2,1]",
  );
  assertEquals(tf.memory().numTensors, before);
  tf.dispose([x0, integers]);
});
