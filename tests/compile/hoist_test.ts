import { assertEquals } from "@std/assert";
import { loop } from "../../lib/compile/mod.ts";
import { type Graph } from "../../lib/compile/graph.ts";
import { canTrace } from "../../lib/compile/native_backend.ts";
import { simplify } from "../../lib/compile/simplify.ts";
import { trace } from "../../lib/compile/trace.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { interpret } from "./interpret.ts";
import { assertSameTensors } from "./assert_same.ts";

/** The ops around a loop, those inside of it, and so on inwards. */
function opsOf({ nodes }: Graph): string[][] {
  const inner = nodes.find(({ op }) => op === "While")?.attrs.body;
  const ops = nodes.map(({ op }) => op).filter((op) => op !== "Const").sort();
  return [ops, ...(inner && "func" in inner ? opsOf(inner.func) : [])];
}

function testHoist(
  name: string,
  fn: (...args: Tensor[]) => Tensor,
  ops: string[][],
) {
  Deno.test({
    name,
    ignore: !canTrace,
    fn: () => {
      const args = [tf.tensor1d([1, -2, 3]), tf.tensor1d([2, 0.5, -1])];
      const graph = simplify(trace(fn, args).graph, { xla: false });
      assertEquals(opsOf(graph), ops);
      tf.tidy(() =>
        assertSameTensors(fn(...args), interpret(graph, args, new Map())[0])
      );
      tf.dispose(args);
    },
  });
}

testHoist(
  "what does not change is computed before the loop, what does in it",
  (x, given) =>
    loop(3, x, (x, i) => {
      const [sine] = tf.split(tf.sin(tf.mul(given, 2)), [3]);
      return tf.add(tf.mul(x, sine), tf.cast(i, "float32"));
    }),
  [["Mul", "Sin", "SplitV", "While"], ["Add", "Add", "Cast", "Mul"]],
);

testHoist(
  "state that a body returns as it is does not change, swapped state does",
  (x, given) =>
    loop(4, { x, given, a: x, b: given }, ({ x, given, a, b }) => ({
      x: tf.add(x, tf.add(tf.exp(given), tf.cos(a))),
      ...{ given, a: b, b: a },
    })).x as Tensor,
  [["Exp", "While"], ["Add", "Add", "Add", "Cos"]],
);

testHoist(
  "out of a loop in a loop as far as it goes",
  (x, given) =>
    loop(2, x, (x, i) =>
      loop(2, x, (y) => {
        const round = tf.add(tf.cast(i, "float32"), tf.sin(given));
        return tf.add(y, tf.exp(round));
      })),
  [["Sin", "While"], ["Add", "Add", "Cast", "Exp", "While"], ["Add", "Add"]],
);

testHoist(
  "shapes change inside: a loop is given no tensor in two shapes",
  (x, given) =>
    loop(2, x, (x) => {
      const [row, other] = [x, tf.relu(given)]
        .map((x) => tf.reshape(x, [1, 3]));
      return tf.reshape(tf.add(row, other), [3]);
    }),
  [["Relu", "While"], ["Add", "Add", "Reshape", "Reshape", "Reshape"]],
);

Deno.test({
  name: "what is random is drawn in each round",
  ignore: !canTrace,
  fn: () => {
    const fn = (logits: Tensor) =>
      loop(
        2,
        tf.zeros([1, 4], "int32"),
        () => tf.multinomial(logits as never, 4, 7),
      );
    const logits = tf.zeros([1, 9]);
    const graph = simplify(trace(fn, [logits]).graph, { xla: false });
    assertEquals(opsOf(graph)[1].includes("Multinomial"), true);
    logits.dispose();
  },
});
