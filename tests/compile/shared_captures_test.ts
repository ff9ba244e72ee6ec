import { assertEquals, assertLess } from "@std/assert";
import { mayAlias } from "../../lib/compile/aliases.ts";
import { dataType, type Node } from "../../lib/compile/graph.ts";
import { compile, loop } from "../../lib/compile/mod.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { assertSameTensors } from "./assert_same.ts";
import { testEachWay } from "./ways.ts";

const { bool, float32 } = dataType;
const megabytes = () => Deno.memoryUsage().rss / 2 ** 20;

testEachWay(
  "functions share a large captured tensor and hold no copies",
  (way) => {
    const [rows, columns] = [1024, 25600]; // 100 MiB
    const base = tf.fill([rows, columns], 0.5);
    const x = tf.ones([1, rows]);
    const functions = Array.from(
      { length: 4 },
      (_, i) =>
        compile(
          (x: Tensor) => tf.add(tf.matMul(x as never, base as never), i),
          {
            resident: false,
            ...way,
          },
        ),
    );
    const before = megabytes();
    for (const [i, f] of functions.entries()) {
      const y = f(x);
      // 1024 * 0.5 + i
      assertEquals(y.dataSync().every((value) => value === 512 + i), true);
      y.dispose();
    }
    assertLess(megabytes() - before, 150, "four copies take 400 MiB");
    for (const f of functions) f.dispose();
    tf.dispose([base, x]);
  },
);

/** Values enough to be shared. */
const numbers = (seed: number) =>
  Float32Array.from({ length: 2 ** 18 }, (_, i) => (seed * i) % 97);

testEachWay(
  "a large captured tensor gives the same in a loop and in a gradient",
  (way) => {
    const base = tf.tensor1d(numbers(7));
    const f = (x: Tensor) => ({
      looped: loop(3, x, (x) => tf.mul(x, tf.mean(base))),
      grad: tf.grad((x) => tf.sum(tf.mul(base, tf.square(x))))(x),
    });
    using compiled = compile(f, way);
    const x = tf.scalar(2);
    const [got, expected] = [compiled(x), tf.tidy(() => f(x))];
    assertSameTensors(expected, got);
    tf.dispose([base, x, got, expected]);
  },
);

testEachWay(
  "what was captured or passed may become the state and be disposed",
  async (way) => {
    const base = tf.tensor1d(numbers(5));
    using step = compile(
      ({ a, b }: Record<"a" | "b", Tensor>, passed: Tensor) => ({
        state: { a: tf.reshape(base, a.shape), b: tf.reshape(passed, b.shape) },
        sum: tf.add(tf.sum(a), tf.sum(b)),
      }),
      { resident: true, ...way },
    );
    const zeros = tf.zeros([512, 512]);
    step.push({ a: zeros, b: zeros });
    for (let i = 0; i < 20; i++) {
      const passed = tf.tensor1d(numbers(3));
      tf.dispose(step(passed));
      passed.dispose();
    }
    const { a, b } = step.pull();
    base.dispose();
    assertEquals(await a.data(), numbers(5));
    assertEquals(await b.data(), numbers(3));
    tf.dispose([zeros, a, b]);
  },
);

Deno.test("what may lie in the memory of an argument is known", () => {
  const type = (dtype: number) => ({ dtype, shape: [2] });
  const node = (op: string, inputs: Node[], dtype: number = float32): Node => ({
    ...{ op, name: op, attrs: {}, outputs: [type(dtype)] },
    inputs: inputs.map((node) => ({ node, index: 0 })),
  });
  const [fed, held] = [node("Argument", []), node("Argument", [])];
  const sum = node("AddV2", [fed, held]);
  const flag = node("Cast", [fed], bool);
  const may = (node: Node) => mayAlias({ node, index: 0 }, new Set([fed]));
  const aliases = [
    ...[fed, node("Reshape", [fed]), node("While", [sum, held, fed])],
    ...[node("Select", [flag, sum, node("Slice", [fed])])],
  ];
  const others = [
    ...[held, sum, node("Reshape", [sum]), node("While", [sum, held])],
    ...[node("Select", [flag, sum, held])],
  ];
  assertEquals(aliases.map(may), aliases.map(() => true));
  assertEquals(others.map(may), others.map(() => false));
});
