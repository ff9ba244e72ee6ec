import { assert, assertEquals, assertThrows } from "@std/assert";
import { compile, loop } from "../../lib/compile/mod.ts";
import { dataType } from "../../lib/compile/graph.ts";
import { canTrace, nativeBackend } from "../../lib/compile/native_backend.ts";
import { replaceAll } from "../../lib/compile/replaced.ts";
import { inferTypes } from "../../lib/compile/shape_inference.ts";
import { trace } from "../../lib/compile/trace.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";

function testShapes(name: string, fn: () => void) {
  Deno.test({ name, ignore: !canTrace, fn });
}

/** An op as kernels call it, which no code of TensorFlow.js checks before. */
const call = (op: string, ...inputs: Tensor[]) =>
  nativeBackend().executeSingleOutput(op, [], inputs);

/** A step with a gradient, a loop, constants and something captured. */
const step = (x: Tensor) => {
  const loss = (x: Tensor) => tf.mean(tf.square(tf.sub(tf.sin(x), captured)));
  const descend = (x: Tensor) => tf.sub(x, tf.mul(tf.grad(loss)(x), 0.1));
  return { x: loop(3, x, descend), loss: loss(x) };
};
const captured = tf.ones([3, 1000]);
const x = tf.ones([3, 1000]);

testShapes("a trace computes nothing", () => {
  const backend = nativeBackend();
  const refusals = ["executeOp", "createTensor", "tensorDataSync"]
    .map((name) => [name, {
      value: () => {
        throw new Error(`${name} was called`);
      },
    }]);
  const binding = Object.create(backend.binding, Object.fromEntries(refusals));
  const putBack = replaceAll([[backend, "binding", binding]]);
  try {
    // What it would find, if something were computed.
    assertThrows(() => tf.tidy(() => step(x)), Error, "was called");
    const { graph } = trace(step, [x]);
    assert(graph.nodes.some(({ op }) => op === "While"));
  } finally {
    putBack();
  }
});

testShapes("a trace takes no memory for what it does not compute", () => {
  const long = tf.ones([2 ** 20]);
  // 4 TiB at its height.
  const { graph } = trace((x) => {
    const product = tf.outerProduct(x, x);
    return tf.sum(tf.exp(tf.add(product, 1)));
  }, [long] as never);
  const exp = graph.nodes.find(({ op }) => op === "Exp")!;
  assertEquals(exp.outputs, [
    { dtype: dataType.float32, shape: [2 ** 20, 2 ** 20] },
  ]);
  assertEquals(graph.outputs[0].node.outputs[0].shape, []);
  long.dispose();
});

testShapes("inputs that do not fit are refused where they go in", () => {
  using f = compile((x: Tensor) => {
    const square = tf.matMul(x as never, x as never, false, true); // [3, 3]
    return call("Add", x, square);
  });
  assertThrows(
    () => f(x),
    Error,
    "Cannot trace the op Add of float32 [3,1000], float32 [3,3] at file:",
  );
  const error = assertThrows(() => f(x), Error);
  assert(
    /shapes_test\.ts:\d+:\d+: Dimensions must be equal, but are 1000 and 3$/
      .test(error.message),
    error.message,
  );

  using types = compile((x: Tensor) => call("Add", x, tf.cast(x, "int32")));
  assertThrows(() => types(x), Error, "float32 [3,1000], int32 [3,1000]");
  using inLoop = compile((x: Tensor) =>
    loop(2, x, (x) => call("Softmax", tf.sum(x)))
  );
  assertThrows(() => inLoop(x), Error, "Softmax of float32 [] at file:");
  assertEquals(tf.tidy(() => tf.sum(x).dataSync()[0]), 3000);
});

testShapes("shapes may come from constants, not from values", () => {
  const reshaped = (shape: (x: Tensor) => Tensor) => {
    using f = compile((x: Tensor) => call("Reshape", x, shape(x)));
    return tf.tidy(() => f(x).shape);
  };
  assertEquals(reshaped(() => tf.tensor1d([1000, -1], "int32")), [1000, 3]);
  // A constant of one value.
  const one = Array(40).fill(1);
  const parts = trace(
    (x: Tensor) => tf.split(x, one),
    [tf.ones([40])] as never,
  );
  assertEquals(parts.graph.outputs.map(({ index }) => index).at(-1), 39);
  assertThrows(
    () =>
      reshaped((x) => tf.cast(tf.slice(x, [0, 0], [3, 1]).flatten(), "int32")),
    Error,
    "the shape of its result depends on values",
  );
});

testShapes(
  "what is remembered of ops is forgotten without harm",
  () => {
    const arg = (shape: number[]) => ({
      node: {
        ...{ op: "Argument", name: "argument", attrs: {}, inputs: [] },
        outputs: [{ dtype: dataType.float32, shape }],
      },
      index: 0,
    });
    for (let i = 1; i <= 5000; i++) {
      const types = inferTypes({ op: "Neg", attrs: {}, inputs: [arg([i])] });
      assertEquals(types[0].shape, [i]);
    }
  },
);
