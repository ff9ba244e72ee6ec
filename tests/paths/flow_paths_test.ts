import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import { logitNormalTimes } from "../../lib/paths/logit_normal_times.ts";
import { rectifiedFlow } from "../../lib/paths/rectified_flow.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys, normal } from "../../lib/tf/random.ts";
import { evaluate } from "../evaluate.ts";
import { assertGradient } from "../finite_differences.ts";

const draw = (seed: number, shape: number[]) =>
  tf.squeeze(normal(keys([seed]), shape), [0]);

Deno.test("rectifiedFlow() is a point of the line and the line's velocity", async () => {
  const path = () =>
    rectifiedFlow({
      x0: tf.tensor2d([[0, 4], [1, 1], [-2, 6]]),
      x1: tf.tensor2d([[2, 0], [3, 5], [2, -2]]),
      t: tf.tensor1d([0, 1, 0.25]),
    });
  // The ends, and a quarter of the way from [-2, 6] by [4, -8].
  assertEquals(
    (await evaluate(() => path().xt)).values,
    [0, 4, 3, 5, -1, 4],
  );
  assertEquals(
    (await evaluate(() => path().ut)).values,
    [2, -4, 2, 4, 4, -8],
  );
});

Deno.test("the velocity of rectifiedFlow() is the change of its point", async () => {
  const [x0, x1] = tf.tidy(() => [draw(0, [3, 2, 2]), draw(1, [3, 2, 2])]);
  const at = (time: number) =>
    rectifiedFlow({ x0, x1, t: tf.fill([3, 2], time) });
  const difference = await evaluate(() =>
    tf.div(tf.sub(at(0.75).xt, at(0.25).xt), 0.5)
  );
  const { values } = await evaluate(() => at(0.5).ut);
  values.forEach((value, i) =>
    assertAlmostEquals(difference.values[i], value, 1e-5)
  );
  tf.dispose([x0, x1]);
});

Deno.test("rectifiedFlow() has the gradients of finite differences", async () => {
  const inputs = tf.tidy(() => ({
    x0: draw(0, [2, 2]),
    x1: draw(1, [2, 2]),
    t: tf.tensor1d([0.2, 0.7]),
  }));
  for (const [name, value] of Object.entries(inputs)) {
    await assertGradient(
      name,
      (x) => tf.square(rectifiedFlow({ ...inputs, [name]: x }).xt),
      value,
    );
  }
  tf.dispose(inputs);
});

Deno.test("rectifiedFlow() makes two tensors", () => {
  const inputs = { x0: tf.ones([2, 2]), x1: tf.ones([2, 2]), t: tf.ones([2]) };
  const before = tf.memory().numTensors;
  const path = rectifiedFlow(inputs);
  assertEquals(tf.memory().numTensors, before + 2);
  tf.dispose([inputs, path]);
});

Deno.test("rectifiedFlow() refuses times and ends that do not fit", () => {
  tf.tidy(() => {
    const x0 = tf.ones([3, 2]);
    const path = (other: Record<string, Tensor>) => () =>
      rectifiedFlow({ x0, x1: x0, t: tf.ones([3]), ...other });
    for (const shape of [[], [1], [3, 1], [3, 2]]) {
      assertThrows(
        path({ t: tf.ones(shape) }),
        TypeError,
        `Expected t of shape [3] for x1 [3,2], got [${shape}]`,
      );
    }
    assertThrows(path({ x1: tf.ones([3, 1]) }), TypeError, "x1");
    assertThrows(path({ t: tf.ones([3], "int32") }), TypeError, "t");
  });
});

Deno.test("logitNormalTimes() have logits of the mean and spread asked for", async () => {
  const count = 10_000;
  const { shape, values } = await evaluate(() =>
    logitNormalTimes(keys([0, 1]), [count], { mean: 0.5, std: 0.8 })
  );
  assertEquals(shape, [2, count]);
  assert(values.every((t) => t > 0 && t < 1));
  const logits = values.map((t) => Math.log(t / (1 - t)));
  const mean = logits.reduce((a, b) => a + b) / logits.length;
  const squares = logits.reduce((a, b) => a + (b - mean) ** 2, 0);
  const spread = Math.sqrt(squares / logits.length);
  // Standard errors: std / sqrt(n) and std / sqrt(2 n), of n = 2 count.
  assert(Math.abs(mean - 0.5) < 4 * 0.8 / Math.sqrt(2 * count), `${mean}`);
  assert(Math.abs(spread - 0.8) < 4 * 0.8 / Math.sqrt(4 * count), `${spread}`);
});

Deno.test("logitNormalTimes() dwell in the middle", async () => {
  // P(t < 1/4) = P(z < -ln 3) = Phi(-1.098612) = 0.135968; a quarter if uniform.
  const count = 10_000;
  const { values } = await evaluate(() =>
    logitNormalTimes(keys([3]), [count], { mean: 0, std: 1 })
  );
  const share = values.filter((t) => t < 0.25).length / count;
  assertAlmostEquals(share, 0.135968, 4 * Math.sqrt(0.136 * 0.864 / count));
});

Deno.test("logitNormalTimes() refuses a spread of 0 and a mean that is none", () => {
  const key = keys([0]);
  const times = (mean: number, std: number) => () =>
    logitNormalTimes(key, [2], { mean, std });
  for (const std of [0, -1, NaN]) {
    assertThrows(times(0, std), RangeError, "std");
  }
  assertThrows(times(NaN, 1), RangeError, "Expected mean to be finite");
  key.dispose();
});
