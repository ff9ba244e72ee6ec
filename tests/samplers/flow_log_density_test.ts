import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { flowLogDensity } from "../../lib/samplers/flow_log_density.ts";
import { type VelocityField } from "../../lib/samplers/velocity_field.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys, normal } from "../../lib/tf/random.ts";
import { evaluate } from "../evaluate.ts";

const std = 0.5;
const means = () => tf.tensor1d([2, -1]);

/**
 * The field of flow matching whose data are N([2, -1], std^2): the mean velocity at a
 * point of the path, m + (t s^2 - (1 - t)) / ((1 - t)^2 + t^2 s^2) (x - t m).
 */
const gaussianFlow: VelocityField = (xt, t) => {
  const left = tf.sub(1, t);
  const variance = tf.add(
    tf.square(left),
    tf.mul(std ** 2, tf.square(t)),
  );
  const rate = tf.div(tf.sub(tf.mul(std ** 2, t), left), variance);
  const offset = tf.sub(xt, tf.mul(t, means()));
  return tf.add(means(), tf.mul(rate, offset));
};

Deno.test("flowLogDensity() of a flow to a Gaussian is the Gaussian's", async () => {
  const x1 = () => tf.tensor2d([[2, -1], [2.5, -1], [3, 0]]);
  const { shape, values } = await evaluate(() =>
    flowLogDensity(gaussianFlow, x1(), { steps: 64 })
  );
  assertEquals(shape, [3]);
  // At the mean -ln(2 pi) + 2 ln 2; then 1 std off, and 2 std in each dimension.
  const peak = -0.4515827;
  assertAlmostEquals(values[0], peak, 2e-3);
  assertAlmostEquals(values[1], peak - 0.5, 2e-3);
  assertAlmostEquals(values[2], peak - 4, 4e-3);
});

Deno.test("flowLogDensity() converges with order 2", async () => {
  const error = async (steps: number) => {
    const { values } = await evaluate(() =>
      flowLogDensity(gaussianFlow, tf.tensor2d([[3, 0]]), { steps })
    );
    return Math.abs(values[0] - (-0.4515827 - 4));
  };
  const order = Math.log2(await error(16) / await error(32));
  assertAlmostEquals(order, 2, 0.25);
});

Deno.test("flowLogDensity() integrates to 1 over a grid", async () => {
  // dx/dt = sin(2 x) + t bends the line; its density on [-6, 6].
  const [count, width] = [241, 12];
  const grid = () => tf.reshape(tf.linspace(-6, 6, count), [count, 1]);
  const { values: [total] } = await evaluate(() => {
    const logq = flowLogDensity(
      (xt, t) => tf.add(tf.sin(tf.mul(2, xt)), t),
      grid(),
      { steps: 32 },
    );
    return tf.mul(tf.sum(tf.exp(logq)), width / (count - 1));
  });
  assertAlmostEquals(total, 1, 2e-3);
});

Deno.test("flowLogDensity() of no motion is that of the noise", async () => {
  const still = (xt: Tensor) => tf.zerosLike(xt);
  const { shape, values } = await evaluate(() =>
    flowLogDensity(still, tf.tensor3d([[[0, 0, 0]], [[1, 2, 2]]]), { steps: 2 })
  );
  assertEquals(shape, [2, 1]);
  assertAlmostEquals(values[0], -2.7568156, 1e-5); // -1.5 ln(2 pi)
  assertAlmostEquals(values[1], -2.7568156 - 4.5, 1e-5);
});

Deno.test("flowLogDensity() of a shift is the shifted noise's", async () => {
  const shift = (xt: Tensor) => tf.fill(xt.shape, 3);
  const { values } = await evaluate(() =>
    flowLogDensity(shift, tf.tensor2d([[3], [4]]), { steps: 4 })
  );
  assertAlmostEquals(values[0], -0.9189385, 1e-5); // -ln(2 pi) / 2
  assertAlmostEquals(values[1], -1.4189385, 1e-5);
});

Deno.test("flowLogDensity() of a member is that of the member alone", async () => {
  const points = () => normal(keys([1, 2]), [3, 2]);
  const { values: together } = await evaluate(() =>
    flowLogDensity(gaussianFlow, points(), { steps: 4 })
  );
  const { values: alone } = await evaluate(() =>
    flowLogDensity(gaussianFlow, tf.unstack(points())[1], { steps: 4 })
  );
  alone.forEach((value, i) => assertAlmostEquals(together[3 + i], value, 1e-5));
});

Deno.test("flowLogDensity() refuses what does not fit", () => {
  tf.tidy(() => {
    const v = (xt: Tensor) => xt;
    const x1 = tf.ones([2, 3]);
    assertThrows(
      () => flowLogDensity(v, x1, { steps: 0 }),
      RangeError,
      "steps",
    );
    for (const wrong of [tf.scalar(1), tf.ones([2, 3], "int32")]) {
      assertThrows(
        () => flowLogDensity(v, wrong, { steps: 2 }),
        TypeError,
        "Expected x1",
      );
    }
    assertThrows(
      () => flowLogDensity(() => tf.ones([2, 1]), x1, { steps: 2 }),
      TypeError,
      "v(xt, t)",
    );
  });
});
