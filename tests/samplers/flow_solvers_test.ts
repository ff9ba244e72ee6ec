import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { euler } from "../../lib/samplers/euler.ts";
import { heun } from "../../lib/samplers/heun.ts";
import { midpoint } from "../../lib/samplers/midpoint.ts";
import { rk4 } from "../../lib/samplers/rk4.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { evaluate } from "../evaluate.ts";

const solvers = { euler, midpoint, heun, rk4 };

Deno.test("one step agrees with each method worked by hand", async () => {
  // dx/dt = x + t from x = 1, h = 1. The slopes and x1:
  const expected = {
    euler: 2, // 1; 1 + 1
    midpoint: 3, // 1; at 1.5, 1/2: 2; 1 + 2
    heun: 3, // 1; at 2, 1: 3; 1 + (1 + 3) / 2
    rk4: 1 + (1 + 2 * 2 + 2 * 2.5 + 4.5) / 6, // 1; 2; at 2, 1/2: 2.5; at 3.5, 1: 4.5
  };
  for (const [name, solve] of Object.entries(solvers)) {
    const { values } = await evaluate(() =>
      solve((xt, t) => tf.add(xt, t), tf.tensor1d([1]), { steps: 1 })
    );
    assertEquals(
      values,
      [Math.fround(expected[name as keyof typeof expected])],
      name,
    );
  }
});

Deno.test("a constant field moves every point by it, whatever the solver", async () => {
  for (const [name, solve] of Object.entries(solvers)) {
    const { shape, values } = await evaluate(() =>
      solve(() => tf.fill([2, 3, 2], 0.5), tf.ones([2, 3, 2]), { steps: 8 })
    );
    assertEquals(shape, [2, 3, 2], name);
    assertEquals(values, Array(12).fill(1.5), name);
  }
});

Deno.test("the times are scalars, evenly spaced from 0, as often as declared", () => {
  const stages = { euler: 1, midpoint: 2, heun: 2, rk4: 4 };
  for (const [name, solve] of Object.entries(solvers)) {
    const times: Tensor[] = [];
    const x0 = tf.zeros([3, 1]);
    const x1 = solve(
      (xt, t) => {
        times.push(tf.keep(tf.clone(t)));
        return tf.zerosLike(xt);
      },
      x0,
      { steps: 4 },
    );
    const count = stages[name as keyof typeof stages];
    assertEquals(times.length, 4 * count, name);
    assertEquals(
      times.filter((_, i) => i % count === 0).map((t) => t.arraySync()),
      [0, 0.25, 0.5, 0.75],
      name,
    );
    tf.dispose([times, x0, x1]);
  }
});

Deno.test("a sample does not depend on the others of its batch", async () => {
  const v = (xt: Tensor, t: Tensor) => tf.sin(tf.add(tf.mul(3, xt), t));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.values(solvers)),
      fc.array(fc.integer({ min: -20, max: 20 }), {
        minLength: 1,
        maxLength: 5,
      }),
      async (solve, points) => {
        const solved = async (xs: number[]) =>
          (await evaluate(() =>
            solve(v, tf.tensor2d(xs, [xs.length, 1]), { steps: 3 })
          )).values;
        const alone = [];
        for (const x of points) alone.push(...await solved([x]));
        assertEquals(await solved(points), alone);
      },
    ),
    { numRuns: 20 },
  );
});

Deno.test("the solvers make one tensor and leave x0 alone", () => {
  for (const solve of Object.values(solvers)) {
    const x0 = tf.ones([4, 2]);
    const before = tf.memory().numTensors;
    const x1 = solve((xt) => tf.mul(2, xt), x0, { steps: 5 });
    assertEquals(tf.memory().numTensors, before + 1);
    assertEquals(x0.isDisposed, false);
    tf.dispose([x0, x1]);
  }
});

Deno.test("the solvers refuse steps that are none, and what is no float32", () => {
  tf.tidy(() => {
    const v = (xt: Tensor) => xt;
    for (const solve of Object.values(solvers)) {
      for (const steps of [0, -1, 1.5, NaN]) {
        assertThrows(
          () => solve(v, tf.ones([2]), { steps }),
          RangeError,
          `Expected steps to be a positive integer, got ${steps}`,
        );
      }
      assertThrows(
        () => solve(v, tf.ones([2], "int32"), { steps: 2 }),
        TypeError,
        "Expected x0",
      );
    }
  });
});

Deno.test("the solvers refuse velocities that would broadcast", () => {
  tf.tidy(() => {
    for (const solve of Object.values(solvers)) {
      assertThrows(
        () => solve(() => tf.ones([2, 1]), tf.ones([2, 3]), { steps: 2 }),
        TypeError,
        "Expected v(xt, t) of the shape of x0, [2,3], got [2,1]",
      );
    }
  });
});
