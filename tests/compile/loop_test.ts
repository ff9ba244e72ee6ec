import { assertEquals, assertThrows } from "@std/assert";
import { compile, loop } from "../../lib/compile/mod.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { foldIn, keys, normal } from "../../lib/tf/random.ts";
import { testEachWay, ways } from "./ways.ts";
import { assertSameTensors } from "./assert_same.ts";

testEachWay("a loop carries its state and counts", (way) => {
  using f = compile(
    (x: Tensor) =>
      loop(4, { x, last: tf.scalar(-1, "int32") as Tensor }, ({ x }, i) => ({
        x: tf.add(tf.mul(x, 2), tf.cast(i, "float32")),
        last: i,
      })),
    way,
  );
  // 1 -> 2 -> 5 -> 12 -> 27
  const { x, last } = f(1);
  assertEquals([x.arraySync(), last.arraySync()], [27, 3]);
});

testEachWay("a loop of no rounds returns its state", (way) => {
  using f = compile((x: Tensor) => loop(0, x, (x) => tf.mul(x, 2)), way);
  assertEquals(f(7).arraySync(), 7);
});

testEachWay("state may trade places, and stay what it was", (way) => {
  using f = compile(
    (a: Tensor, b: Tensor) =>
      loop(3, { a, b, kept: a }, ({ a, b, kept }) => ({ a: b, b: a, kept })),
    way,
  );
  const { a, b, kept } = f(1, 2);
  assertEquals([a, b, kept].map((t) => t.arraySync()), [2, 1, 1]);
});

testEachWay(
  "a body closes over arguments, ops, constants and captures",
  (way) => {
    const [small, large] = [tf.scalar(2), tf.fill([500], 0.5)];
    using f = compile((x: Tensor) => {
      const [product, three] = [tf.mul(x, 10), tf.scalar(3)];
      const first = tf.add(tf.sum(large), three); // 253
      const { y } = loop(2, { y: x }, ({ y }) => ({
        y: [product, small, three, tf.sum(large), x].reduce(
          (sum, term) => tf.add(sum, term),
          y,
        ),
      }));
      return { y, first, again: tf.add(y, three) };
    }, way);
    // Each round adds 10 x + 2 + 3 + 250 + x.
    const { y, first, again } = f(1);
    assertEquals([y, first, again].map((t) => t.arraySync()), [533, 253, 536]);
  },
);

testEachWay("a state that is also closed over is the start inside", (way) => {
  using f = compile((x: Tensor) => loop(3, x, (y) => tf.add(y, x)), way);
  assertEquals(f(1).arraySync(), 4);
});

testEachWay("loops nest, and one follows another", (way) => {
  using f = compile((x: Tensor) => {
    const y = loop(
      3,
      x,
      (x, i) =>
        loop(2, x, (x, j) => tf.add(x, tf.cast(tf.add(i, j), "float32"))),
    );
    return loop(2, y, (y) => tf.mul(y, x));
  }, way);
  // Sum of i + j: 0+1 + 1+2 + 2+3 = 9; (1 + 9) * 1 * 1
  assertEquals(f(1).arraySync(), 10);
  assertEquals(f(2).arraySync(), 44);
});

testEachWay("gradient descent inside of a loop", (way) => {
  using f = compile((x: Tensor, rate: Tensor) =>
    loop(5, x, (x) => {
      const grad = tf.grad((x) => tf.sum(tf.square(x)))(x);
      return tf.sub(x, tf.mul(grad, rate));
    }), way);
  // x (1 - 2 rate)^5
  assertEquals([...f(tf.tensor1d([32, -64]), 0.25).dataSync()], [1, -2]);
});

Deno.test("a loop draws the same numbers whether it is a graph or not", () => {
  const draw = (x: Tensor) =>
    loop(3, x, (x, i) => tf.add(x, normal(foldIn(keys([5]), i), [4])));
  const results = Object.values(ways).filter(({ xla }) => !xla).map((way) => {
    using f = compile(draw, way);
    return f(tf.zeros([1, 4]));
  });
  for (const result of results) assertSameTensors(results[0], result);
});

testEachWay("a loop refuses a state that changes its form", (way) => {
  const refused = (body: (x: Tensor) => unknown, message: string) => {
    using f = compile(
      (x: Tensor) =>
        loop(2, { x: x as unknown }, () => ({ x: body(x) })) as never,
      way,
    );
    assertThrows(() => f(tf.ones([2])), TypeError, message);
  };
  refused(
    (x) => tf.concat([x, x], 0),
    "state.x was float32 [2], got float32 [4]",
  );
  refused((x) => tf.cast(x, "int32"), "state.x was float32 [2], got int32 [2]");
  refused((x) => ({ y: x }), "state.x.y was nothing, got float32 [2]");
  refused(() => 3, "got the number 3");
});

testEachWay("a loop refuses a gradient through it, and bad counts", (way) => {
  const through = (x: Tensor) =>
    tf.grad((x) => loop(2, x, (x) => tf.mul(x, 2)))(x);
  using f = compile(through, way);
  assertThrows(() => f(1), Error, "No gradient flows through a loop");
  for (const n of [-1, 1.5, NaN]) {
    using f = compile((x: Tensor) => loop(n, x, (x) => x), way);
    assertThrows(() => f(1), RangeError, `got ${n}`);
  }
});
