import { assertEquals, assertThrows } from "@std/assert";
import { tf } from "../../lib/tf/backend.ts";
import { valueAndGrads } from "../../lib/train/value_and_grads.ts";

Deno.test("valueAndGrads() gives each member the gradient of its own loss", async () => {
  const params = { a: tf.tensor2d([[2], [5]]), b: tf.tensor2d([[3], [-1]]) };
  const { losses, grads } = valueAndGrads(
    params,
    ({ a, b }) => tf.squeeze(tf.mul(tf.square(a), b), [1]),
  );
  // a^2 b: 12 and -25; by a, 2ab: 12 and -10; by b, a^2: 4 and 25
  assertEquals([...await losses.data()], [12, -25]);
  assertEquals([...await grads.a.data()], [12, -10]);
  assertEquals([...await grads.b.data()], [4, 25]);
  tf.dispose([params, losses, grads]);
});

Deno.test("valueAndGrads() leaks no tensor", () => {
  const params = { w: tf.ones([2, 3]) };
  const before = tf.memory().numTensors;
  const result = valueAndGrads(params, ({ w }) => tf.sum(tf.exp(w), 1));
  assertEquals(tf.memory().numTensors, before + 2);
  tf.dispose([params, result]);
});

Deno.test("valueAndGrads() refuses a loss that is not one value a member", () => {
  const params = { w: tf.ones([2, 3]) };
  assertThrows(
    () => valueAndGrads(params, ({ w }) => tf.sum(w)),
    TypeError,
    "losses of shape [2], got []",
  );
  assertThrows(
    () => valueAndGrads(params, ({ w }) => w),
    TypeError,
    "got [2,3]",
  );
  tf.dispose(params);
});

Deno.test("valueAndGrads() refuses a parameter that does not matter", () => {
  const params = { w: tf.ones([2, 3]), idle: tf.ones([2, 1]) };
  assertThrows(
    () => valueAndGrads(params, ({ w }) => tf.sum(w, 1)),
    Error,
    "Cannot compute gradient",
  );
  tf.dispose(params);
});
