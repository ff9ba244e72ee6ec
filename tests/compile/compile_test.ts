import { assertEquals, assertThrows } from "@std/assert";
import { compile } from "../../lib/compile/mod.ts";
import { canTrace } from "../../lib/compile/native_backend.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { testEachWay } from "./ways.ts";

testEachWay("trees go in and out", (way) => {
  using f = compile(
    ({ x, more: [a, b] }: { x: Tensor; more: [Tensor, Tensor] }) => ({
      sum: tf.add(tf.add(x, a), b),
      parts: [tf.mul(x, 2), { b }],
      constant: tf.tensor1d([5, 6]),
    }),
    way,
  );
  const x = tf.tensor1d([1, 2]);
  const { sum, parts, constant } = f({
    x,
    more: [tf.scalar(10), tf.scalar(20)],
  });
  assertEquals([...sum.dataSync()], [31, 32]);
  assertEquals([...(parts[0] as Tensor).dataSync()], [2, 4]);
  assertEquals((parts[1] as { b: Tensor }).b.arraySync(), 20);
  assertEquals([...constant.dataSync()], [5, 6]);
});

testEachWay("a number is an input: another one needs no new trace", (way) => {
  using f = compile((x: Tensor, beta: Tensor) => tf.mul(x, beta), way);
  const x = tf.tensor1d([1, 2]);
  assertEquals([...f(x, 3).dataSync()], [3, 6]);
  assertEquals([...f(x, 5).dataSync()], [5, 10]);
  assertEquals(f.traces, way.eager ? 0 : 1);
});

testEachWay("one tensor for two arguments is two inputs", (way) => {
  using f = compile((a: Tensor, b: Tensor) => tf.sub(a, b), way);
  const [one, two] = [tf.scalar(1), tf.scalar(2)];
  assertEquals(f(one, one).arraySync(), 0);
  assertEquals(f(two, one).arraySync(), 1);
});

testEachWay("results are fresh: arguments stay, and may be disposed", (way) => {
  using f = compile((x: Tensor) => ({ x, twice: [x, x] }), way);
  const x = tf.tensor1d([1, 2]);
  const before = tf.memory().numTensors;
  const result = f(x);
  assertEquals(tf.memory().numTensors, before + 3);
  x.dispose();
  assertEquals([...result.x.dataSync()], [1, 2]);
  assertEquals([...result.twice[1].dataSync()], [1, 2]);
  tf.dispose(result);
});

testEachWay("gradients inside are ops like others", (way) => {
  using f = compile(
    (x: Tensor) => tf.grad((x) => tf.sum(tf.mul(x, tf.square(x))))(x),
    way,
  );
  // d/dx x^3 = 3 x^2
  assertEquals([...f(tf.tensor1d([1, -2])).dataSync()], [3, 12]);
});

testEachWay("a captured tensor is used by value, small or large", (way) => {
  const small = tf.tensor1d([2]);
  const large = tf.fill([1000], 3);
  using f = compile(
    (x: Tensor) => tf.sum(tf.mul(tf.mul(large, small), x)),
    way,
  );
  assertEquals(f(1).arraySync(), 6000);
  assertEquals(f(2).arraySync(), 12000);
});

testEachWay("no gradient flows through a compiled function", (way) => {
  using f = compile((x: Tensor) => tf.square(x), way);
  assertThrows(
    () => tf.grad((x) => f(x))(tf.scalar(3)),
    Error,
    "No gradient flows through a compiled function",
  );
});

testEachWay("a function that throws throws, and works afterwards", (way) => {
  let broken = true;
  using f = compile((x: Tensor) => {
    const y = tf.square(x);
    if (broken) throw new RangeError("broken");
    return y;
  }, way);
  const before = tf.memory().numTensors;
  assertThrows(() => f(2), RangeError, "broken");
  assertEquals(tf.memory().numTensors, before);
  broken = false;
  assertEquals(f(2).arraySync(), 4);
  assertEquals(Number.isFinite(Math.random()), true);
});

Deno.test("`eager: false` is a graph where there are graphs, else op by op", () => {
  using f = compile((x: Tensor) => tf.square(x), { eager: false });
  assertEquals(f(3).arraySync(), 9);
  assertEquals(f.traces, canTrace ? 1 : 0);
});

Deno.test({
  name: "another shape, type or form is another trace",
  ignore: !canTrace,
  fn: () => {
    using f = compile((x: Record<string, Tensor>) =>
      tf.addN(Object.values(x).map((x) => tf.sum(x)))
    );
    const [a, b] = [tf.ones([2]), tf.ones([3])];
    assertEquals(f({ a }).arraySync(), 2);
    assertEquals(f({ a: b }).arraySync(), 3);
    assertEquals(f({ b }).arraySync(), 3);
    assertEquals(f.traces, 3);
    assertEquals(f({ a }).arraySync(), 2);
    assertEquals(f({ a: tf.ones([2], "int32") }).arraySync(), 2);
    assertEquals(f.traces, 4);
  },
});

Deno.test({
  name: "an op that fails says which",
  ignore: !canTrace,
  fn: () => {
    using f = compile((x: Tensor, i: Tensor) => tf.gather(x, i as never));
    const x = tf.tensor1d([1, 2]);
    assertEquals([...f(x, tf.tensor1d([1, 1], "int32")).dataSync()], [2, 2]);
    assertThrows(
      () => f(x, tf.tensor1d([1, 7], "int32")),
      Error,
      "indices[1] = 7 is not in [0, 2)",
    );
  },
});

Deno.test({
  name: "a compiled function inside of another is a part of it",
  ignore: !canTrace,
  fn: () => {
    using inner = compile((x: Tensor, scale: Tensor) =>
      tf.mul(tf.square(x), scale)
    );
    using outer = compile((x: Tensor) => tf.grad((x) => inner(x, 5))(x));
    assertEquals(outer(3).arraySync(), 30);
    assertEquals(inner.traces, 0);
  },
});
