import { assert, assertEquals, assertThrows } from "@std/assert";
import { compile } from "../../lib/compile/mod.ts";
import { canTrace } from "../../lib/compile/native_backend.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { testEachWay } from "./ways.ts";

/** Traces a function of one tensor that must be refused, and finds nothing left over. */
function testRefusal(
  name: string,
  fn: (x: Tensor) => unknown,
  type: new (message: string) => Error,
  ...messages: string[]
) {
  Deno.test({
    name: `refused: ${name}`,
    ignore: !canTrace,
    fn: () => {
      using f = compile(fn as (x: Tensor) => Tensor);
      const x = tf.tensor1d([1, 2, 3]);
      const before = tf.memory().numTensors;
      const error = assertThrows(() => f(x), type);
      for (const message of messages) {
        assert(error.message.includes(message), error.message);
      }
      assertEquals(tf.memory().numTensors, before);
      assertEquals([...tf.square(x).dataSync()], [1, 4, 9]);
      assert(Math.random() < 1);
    },
  });
}

const here = "refusals_test.ts:";

testRefusal(
  "reading a tensor's value",
  (x) => tf.mul(x, tf.sum(x).dataSync()[0]),
  Error,
  "reading of a tensor's values",
  here,
);
testRefusal(
  "reading a captured tensor's value",
  ((constant) => (x: Tensor) => tf.mul(x, constant.arraySync()))(tf.scalar(2)),
  Error,
  "reading of a tensor's values",
  here,
);
testRefusal(
  "JavaScript's randomness",
  (x) => tf.add(x, tf.randomNormal([3])),
  Error,
  "Math.random",
  "stateless ops",
  here,
);
testRefusal(
  "JavaScript's randomness inside of a gradient",
  (x) => tf.grad((x) => tf.sum(tf.mul(x, tf.randomUniform([3]))))(x),
  Error,
  "Math.random",
);
testRefusal(
  "dropout",
  (x) => tf.dropout(x, 0.5),
  Error,
  "tf.dropout",
);
testRefusal(
  "a variable made inside",
  (x) => tf.mul(x, tf.variable(tf.ones([3]))),
  Error,
  "making of a tf.Variable",
  here,
);
testRefusal(
  "an assignment to a variable",
  ((variable) => (x: Tensor) => {
    variable.assign(tf.add(variable, 1));
    return tf.mul(x, variable);
  })(tf.variable(tf.scalar(1))),
  Error,
  "assignment to a tf.Variable",
  here,
);
testRefusal(
  "an optimizer, which keeps its state in variables",
  ((variable) => (x: Tensor) => {
    const optimizer = tf.train.adam(0.1);
    return optimizer.minimize(
      () => tf.sum(tf.mul(variable, x)),
      true,
      [variable],
    )!;
  })(tf.variable(tf.scalar(1))),
  Error,
  "tf.Variable",
);
testRefusal(
  "a promise",
  (x) => Promise.resolve(tf.square(x)),
  TypeError,
  "async function",
);
testRefusal(
  "an op whose shape depends on values",
  (x) => tf.unique(x).values,
  Error,
  "UniqueV2",
  "depends on values",
);
testRefusal(
  "a number",
  (x) => ({ x, n: 3 }),
  TypeError,
  "result.n",
  "number 3",
);
testRefusal(
  "something else",
  (x) => ({ x, list: new Set([x]) }),
  TypeError,
  "result.list",
  "a Set",
);
testRefusal("no tensor", () => ({}), TypeError, "got none");
testRefusal(
  "a tensor that is kept",
  (x) => tf.square(tf.keep(tf.neg(x))),
  Error,
  "tf.keep",
);
testRefusal(
  "a string",
  (x) => [x, tf.tensor1d(["a", "b"])],
  Error,
  "of strings",
);

testEachWay("an async function is refused at once", (way) => {
  assertThrows(
    () => compile(async (x: Tensor) => await x.data(), way),
    TypeError,
    "Expected a synchronous function",
  );
});

testEachWay("arguments that are no tensors are refused", (way) => {
  using f = compile((x: Tensor) => x, way);
  assertThrows(
    () => f("3" as never),
    TypeError,
    "Expected arguments[0] to be tensors in arrays and records, got the string 3",
  );
  assertThrows(() => f(undefined as never), TypeError, "got undefined");
});

testEachWay("a disposed function is refused", (way) => {
  const f = compile((x: Tensor) => x, way);
  f.dispose();
  f.dispose();
  assertThrows(() => f(1), Error, "was disposed");
});
