import { assertEquals, assertThrows } from "@std/assert";
import { compile } from "../../lib/compile/mod.ts";
import { canTrace } from "../../lib/compile/native_backend.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { testEachWay } from "./ways.ts";

type State = Record<string, Tensor>;

/** Fibonacci, in two states that take from each other, with a log. */
function fibonacci({ a, b }: State, scale: Tensor) {
  const sum = tf.add(a, b);
  return { state: { b: sum, a: b }, logs: { scaled: tf.mul(sum, scale) } };
}

testEachWay("a resident state is pushed, stepped and pulled", (way) => {
  using step = compile(fibonacci, { resident: true, ...way });
  const start = { a: tf.tensor1d([0, 1]), b: tf.tensor1d([1, 1]) };
  step.push(start);
  tf.dispose(start); // It was copied.
  const logs = [1, 1, 10].map((
    scale,
  ) => [...step(scale).logs.scaled.dataSync()]);
  assertEquals(logs, [[1, 2], [2, 3], [30, 50]]);
  const { a, b } = step.pull();
  assertEquals([...a.dataSync(), ...b.dataSync()], [2, 3, 3, 5]);

  step.push({ a, b: a });
  assertEquals([...step(1).logs.scaled.dataSync()], [4, 6]);
  // What was pulled is not what changes.
  assertEquals([...b.dataSync()], [3, 5]);
});

testEachWay("a state moves along to another form of arguments", (way) => {
  using step = compile(
    ({ total }: State, batch: Tensor) => ({
      state: { total: tf.add(total, tf.sum(batch)) },
    }),
    { resident: true, ...way },
  );
  step.push({ total: tf.scalar(1) });
  for (const size of [2, 3, 2, 3]) step(tf.ones([size]));
  assertEquals(step.pull().total.arraySync(), 11);
  assertEquals(step.traces, way.eager ? 0 : 2);
});

testEachWay("a state of another form replaces the old", (way) => {
  using step = compile(
    (x: State) => ({ state: x, sums: Object.values(x).map((x) => tf.sum(x)) }),
    { resident: true, ...way },
  );
  step.push({ a: tf.ones([2]) });
  assertEquals(step().sums.map((sum) => sum.arraySync()), [2]);
  step.push({ a: tf.ones([3]), b: tf.ones([4]) });
  assertEquals(step().sums.map((sum) => sum.arraySync()), [3, 4]);
});

testEachWay("integers and booleans are resident too", (way) => {
  using step = compile(
    ({ n, flag }: State) => ({
      state: { n: tf.add(n, tf.scalar(1, "int32")), flag: tf.logicalNot(flag) },
    }),
    { resident: true, ...way },
  );
  step.push({
    n: tf.scalar(2 ** 30, "int32"),
    flag: tf.tensor1d([1, 0], "bool"),
  });
  for (let i = 0; i < 3; i++) step();
  const { n, flag } = step.pull();
  assertEquals([n.dtype, n.arraySync()], ["int32", 2 ** 30 + 3]);
  assertEquals([flag.dtype, [...flag.dataSync()]], ["bool", [0, 1]]);
});

testEachWay("a fed tensor may become the state and be disposed", (way) => {
  using step = compile(
    ({ x }: State, next: Tensor) => ({
      state: { x: tf.reshape(next, [4]) },
      x,
    }),
    { resident: true, ...way },
  );
  step.push({ x: tf.zeros([4]) });
  for (let i = 1; i <= 3; i++) {
    const values = Float32Array.from([i, i, i, i]);
    const next = tf.tensor2d(values, [2, 2]);
    const { x } = step(next);
    next.dispose();
    // The session has no view of JavaScript's memory, as eager tensors have.
    if (!way.eager) values.fill(-1);
    assertEquals(x.dataSync()[0], i - 1);
    x.dispose();
  }
});

testEachWay("a step that fails leaves the state as it was", (way) => {
  using step = compile(
    ({ x, y }: State, i: Tensor) => ({
      state: { x: tf.add(x, 1), y: tf.gather(y, i as never) },
    }),
    { resident: true, ...way },
  );
  if (way.xla) return; // XLA does not check indices.
  step.push({ x: tf.scalar(0), y: tf.tensor1d([1, 2]) });
  step(tf.tensor1d([1, 0], "int32"));
  for (let i = 0; i < 10; i++) {
    assertThrows(() => step(tf.tensor1d([0, 9], "int32")));
  }
  const { x, y } = step.pull();
  assertEquals([x.arraySync(), ...y.dataSync()], [1, 2, 1]);
});

testEachWay("a step must keep the form of its state", (way) => {
  const refused = (next: (x: Tensor) => State, message: string) => {
    using step = compile(({ x }: State) => ({ state: next(x) }), {
      resident: true,
      ...way,
    });
    assertThrows(() => step(), Error, "push one first");
    step.push({ x: tf.ones([2]) });
    assertThrows(() => step(), TypeError, message);
    // The state is still there.
    assertEquals([...step.pull().x.dataSync()], [1, 1]);
  };
  refused((x) => ({ x: tf.sum(x) }), "state.x was float32 [2], got float32 []");
  refused((x) => ({ x, y: x }), "state.y was nothing, got float32 [2]");
  refused(() => ({}), "state.x was float32 [2], got nothing");
});

Deno.test({
  name: "a resident step is no part of another compiled function",
  ignore: !canTrace,
  fn: () => {
    using step = compile(fibonacci, { resident: true });
    using outer = compile((x: Tensor) => step(x).logs.scaled);
    assertThrows(() => outer(1), Error, "call the plain step");
  },
});
