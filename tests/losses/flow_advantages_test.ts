import { assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  centeredAdvantages,
  clipAdvantages,
  groupAdvantages,
} from "../../lib/losses/advantages.ts";
import { adaptiveBeta } from "../../lib/losses/regularised.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { evaluate } from "../evaluate.ts";
import { assertGradient } from "../finite_differences.ts";

const valuesOf = async (result: () => Tensor) =>
  (await evaluate(result)).values;

function assertClose(actual: number[], expected: number[], tolerance = 1e-5) {
  assertEquals(actual.length, expected.length);
  actual.forEach((value, i) =>
    assertAlmostEquals(value, expected[i], tolerance)
  );
}

/** Groups of rewards: G groups of K at least 2, in quarters, which are exact. */
const groups = fc.tuple(
  fc.integer({ min: 1, max: 4 }),
  fc.integer({ min: 2, max: 6 }),
).chain(([count, size]) => {
  const reward = fc.integer({ min: -40, max: 40 }).map((n) => n / 4);
  const group = fc.array(reward, { minLength: size, maxLength: size });
  return fc.array(group, { minLength: count, maxLength: count });
});

Deno.test("centeredAdvantages() take the mean of each group off", async () => {
  const rewards = () => tf.tensor2d([[1, 2, 6], [-4, 0, 4]]);
  // Means 3 and 0.
  assertEquals(
    await valuesOf(() => centeredAdvantages(rewards())),
    [-2, -1, 3, -4, 0, 4],
  );
});

Deno.test("groupAdvantages() divide by the spread over K - 1", async () => {
  const rewards = () => tf.tensor2d([[0, 3, 6], [5, 5, 5]]);
  // Mean 3; std sqrt((9 + 0 + 9) / 2) = 3; -3 / (3 + 1), 0, 3 / (3 + 1).
  assertEquals(
    await valuesOf(() => groupAdvantages(rewards(), { epsilon: 1 })),
    [-0.75, 0, 0.75, 0, 0, 0],
  );
});

Deno.test("groupAdvantages() of equal rewards are exactly 0", async () => {
  // Sevenths: in float32 the mean of seven equal values misses them by a rounding.
  const rewards = () => tf.fill([1, 7], 1 / 7);
  assertEquals(
    await valuesOf(() => groupAdvantages(rewards(), { epsilon: 1e-8 })),
    Array(7).fill(0),
  );
});

Deno.test("groupAdvantages() are the same in other units of reward", async () => {
  await fc.assert(
    fc.asyncProperty(groups, async (rewards) => {
      const advantages = (scale: number, shift: number) =>
        valuesOf(() => {
          const r = tf.add(tf.mul(tf.tensor2d(rewards), scale), shift);
          return groupAdvantages(r, { epsilon: 1e-3 * scale });
        });
      assertClose(await advantages(8, 4), await advantages(1, 0));
    }),
    { numRuns: 30 },
  );
});

Deno.test("centred advantages leave the mean of beta_eff at beta0", async () => {
  await fc.assert(
    fc.asyncProperty(
      groups,
      fc.double({ min: 0, max: 5, noNaN: true }),
      async (rewards, beta0) => {
        const means = await valuesOf(() => {
          const advantages = centeredAdvantages(tf.tensor2d(rewards));
          return tf.mean(adaptiveBeta(advantages, { beta0 }), -1);
        });
        assertClose(means, rewards.map(() => beta0));
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("clipAdvantages() limits on both sides, or on one", async () => {
  const advantages = () => tf.tensor1d([-3, -0.5, 0.5, 3]);
  const clipped = (min: number, max: number) =>
    valuesOf(() => clipAdvantages(advantages(), { min, max }));
  assertEquals(await clipped(-1, 2), [-1, -0.5, 0.5, 2]);
  assertEquals(await clipped(-Infinity, 1), [-3, -0.5, 0.5, 1]);
  assertEquals(await clipped(0, Infinity), [0, 0, 0.5, 3]);
  assertEquals(await clipped(1, 1), [1, 1, 1, 1]);
});

Deno.test("clipAdvantages() takes limits of each member", async () => {
  const advantages = () => tf.tensor2d([[-3, 0, 3], [-3, 0, 3]]);
  const max = () => tf.tensor2d([[1], [2]]);
  assertEquals(
    await valuesOf(() =>
      clipAdvantages(advantages(), { min: tf.neg(max()), max: max() })
    ),
    [-1, 0, 1, -2, 0, 2],
  );
});

Deno.test("advantages have the gradients of finite differences", async () => {
  const rewards = tf.tensor2d([[0.3, -1, 2], [0.5, 0.1, -0.4]]);
  const factors = tf.tensor2d([[1, -2, 0.5], [3, 1, -1]]);
  const cases: Record<string, (rewards: Tensor) => Tensor> = {
    centeredAdvantages,
    groupAdvantages: (r) => groupAdvantages(r, { epsilon: 0.1 }),
    clipAdvantages: (r) => clipAdvantages(r, { min: -0.8, max: 1 }),
    adaptiveBeta: (r) => adaptiveBeta(r, { beta0: 0.4 }),
  };
  for (const [name, advantages] of Object.entries(cases)) {
    await assertGradient(name, (r) => tf.mul(factors, advantages(r)), rewards);
  }
  tf.dispose([rewards, factors]);
});

Deno.test("no gradient passes a clipped advantage", async () => {
  const gradient = await valuesOf(() =>
    tf.grad((a: Tensor) => tf.sum(clipAdvantages(a, { min: -1, max: 1 })))(
      tf.tensor1d([-3, 0.5, 3]),
    )
  );
  assertEquals(gradient, [0, 1, 0]);
});
