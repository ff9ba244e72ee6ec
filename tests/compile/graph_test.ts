import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Graph, type Node } from "../../lib/compile/graph.ts";
import { canTrace } from "../../lib/compile/native_backend.ts";
import { outputName, signatureOf } from "../../lib/compile/op_table.ts";
import { Program } from "../../lib/compile/program.ts";
import { simplify } from "../../lib/compile/simplify.ts";
import { type Trace, trace } from "../../lib/compile/trace.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { assertSameTensors } from "./assert_same.ts";

function testGraph(name: string, fn: () => void) {
  Deno.test({ name, ignore: !canTrace, fn });
}

/** A function with an op of each sort: operands in order, constants, attributes. */
function mixed(x: Tensor): Tensor {
  const product = tf.matMul(x as never, tf.neg(x) as never, false, true);
  return tf.cumsum(tf.sub(tf.mul(product, 0.5), tf.sum(x)), 1, true);
}

const x = tf.tensor2d([[1, 2], [3, 5]]);

function run(traced: Trace): Tensor {
  const program = new Program(traced, { resident: 0, xla: false });
  const [y] = program.run([x]);
  program.dispose();
  return y;
}

testGraph("an error planted in the graph is found", () => {
  const eager = tf.tidy(() => mixed(x));
  assertSameTensors(eager, run(trace(mixed, [x])));

  const plant = (op: string, change: (node: Node) => void) => {
    const traced = trace(mixed, [x]);
    const nodes = traced.graph.nodes.filter((node) => node.op === op);
    assert(nodes.length > 0, op);
    change(nodes[0]);
    assertThrows(() => assertSameTensors(eager, run(traced)), Error, "result");
  };
  plant("Sub", (node) => node.inputs = node.inputs.toReversed());
  plant("Cumsum", (node) => node.attrs.exclusive = { bool: false });
  plant("MatMul", (node) => node.attrs.transpose_b = { bool: false });
  plant("Neg", (node) => node.op = "Square");
  plant("Const", (node) => {
    const attr = node.attrs.value as { tensor: { content: Uint8Array } };
    attr.tensor.content[3] ^= 0x40; // The exponent, or an axis out of range.
  });
});

testGraph("equal nodes are merged, others and what is random are not", () => {
  const fn = (x: Tensor) => {
    const twice = () => tf.mul(tf.exp(x), tf.scalar(2));
    const thrice = tf.mul(tf.exp(x), tf.scalar(3));
    tf.sin(x); // Needed by nobody.
    return [
      tf.add(twice(), twice()),
      thrice,
      tf.sub(thrice, x),
      tf.sub(x, thrice),
    ];
  };
  const traced = trace(fn, [x]);
  const count = ({ nodes }: Graph) => {
    const counts: Record<string, number> = {};
    for (const { op } of nodes) counts[op] = (counts[op] ?? 0) + 1;
    return counts;
  };
  const before = count(traced.graph);
  assertEquals(before, { Exp: 3, Const: 3, Mul: 3, Sin: 1, Add: 1, Sub: 2 });
  const simple = simplify(traced.graph, { xla: false });
  assertEquals(count(simple), { Exp: 1, Const: 2, Mul: 2, Add: 1, Sub: 2 });
  assertEquals(count(traced.graph), before);
  for (const [at, { inputs }] of simple.nodes.entries()) {
    for (const { node } of inputs) {
      const from = simple.nodes.indexOf(node);
      assert(from < at && (from >= 0 || node.op === "Argument"));
    }
  }

  const draws = (logits: Tensor) =>
    [0, 1].map(() => tf.multinomial(logits as never, 50, 7));
  const graph = simplify(trace(draws, [tf.log(x)]).graph, { xla: false });
  assertEquals(count(graph).Multinomial, 2);
});

testGraph("a large constant of one value is that value", () => {
  const bytes = (fn: (x: Tensor) => Tensor) => {
    const { nodes } = trace(fn, [x]).graph;
    return nodes.map(({ attrs: { value } }) =>
      value && "tensor" in value ? value.tensor.content.length : 0
    ).reduce((sum, length) => sum + length, 0);
  };
  const add = (values: Float32Array) => (x: Tensor) =>
    tf.add(tf.sum(x), tf.tensor1d(values));
  const values = new Float32Array(1000).fill(3);
  // The two axes of the sum, the shape and the value.
  assertEquals(bytes(add(values)), 8 + 4 + 4);
  values[999] = 4;
  assertEquals(bytes(add(values)), 8 + 4000);
});

testGraph("the outputs of ops have TensorFlow's names", () => {
  assertEquals(outputName("TopKV2", {}, 1), "indices:0");
  assertEquals(outputName("SplitV", { num_split: { int: 3 } }, 2), "output:2");
  assertEquals(
    outputName("While", { T: { type: [1, 3] } }, 1),
    "output:1",
  );
  assertEquals(signatureOf("ConcatV2").inputs[0].count, "N");
  assertThrows(() => signatureOf("Where"), Error, "op Where");
  assertThrows(() => outputName("MatMul", {}, 1), Error, "no output 1");
});

testGraph(
  "what changes nothing is left out, and what is broadcast not repeated",
  () => {
    const fn = (x: Tensor) => {
      const rows = tf.reshape(tf.expandDims(tf.reshape(x, [4]), 1), [1, 2, 2]);
      const back = tf.reshape(rows, [2, 2]); // What x was.
      const { grad } = tf.valueAndGrad((y: Tensor) => tf.mean(tf.square(y)))(
        back,
      );
      const chosen = tf.where(tf.greater(tf.slice(x, 0, [2, 1]), 1), x, grad);
      return [rows, back, chosen];
    };
    const traced = trace(fn, [x]);
    const { nodes, outputs } = simplify(traced.graph, { xla: false });
    assertEquals(outputs[1].node.op, "Argument");
    const ops = nodes.map(({ op }) => op);
    // That of the rows, and the gradient's of its scalar.
    assertEquals(ops.filter((op) => op === "Reshape").length, 2, `${ops}`);
    for (const gone of ["ExpandDims", "Cast", "Tile", "Select"]) {
      assert(!ops.includes(gone), `${ops}`);
    }
    const program = new Program(traced, { resident: 0, xla: false });
    const results = program.run([x]);
    const eager = tf.tidy(() => fn(x));
    assertSameTensors(eager, results);
    tf.dispose([eager, results]);
    program.dispose();
  },
);

testGraph("a condition that is repeated otherwise stays so", () => {
  const fn = (x: Tensor) => {
    const mask = tf.tile(tf.greater(x, 1), [2, 1]); // [4, 2]
    return tf.where(mask, tf.ones([4, 2]), tf.zeros([4, 2]));
  };
  const eager = tf.tidy(() => fn(x));
  const graph = run(trace(fn, [x]));
  assertSameTensors(eager, graph);
  tf.dispose([eager, graph]);
});

testGraph(
  "squares are summed in one pass, but not by XLA, nor of integers",
  () => {
    const x = tf.tensor2d([[3, 4, 0], [-1, 2, 2]]);
    const whole = tf.tensor1d([3, -4], "int32");
    const fn = (x: Tensor, whole: Tensor) => [
      tf.mean(tf.square(x), -1, true),
      tf.sum(tf.square(x)),
      tf.sum(tf.square(whole)),
    ];
    const traced = trace(fn, [x, whole]);
    const norms = (xla: boolean) =>
      simplify(traced.graph, { xla }).nodes
        .filter(({ op }) => op === "EuclideanNorm").length;
    assertEquals([norms(false), norms(true)], [2, 0]);
    const program = new Program(traced, { resident: 0, xla: false });
    const [means, sum, wholeSum] = program.run([x, whole]);
    const rounded = [...means.dataSync(), ...sum.dataSync()]
      .map((y) => Math.round(y * 1e5) / 1e5);
    assertEquals(rounded, [8.33333, 3, 34]);
    assertEquals(wholeSum.arraySync(), 25);
    tf.dispose([x, whole, means, sum, wholeSum]);
    program.dispose();
  },
);

testGraph("a product of few rows with many weights is made transposed", () => {
  const weights = tf.randomNormal([1024, 512], 0, 0.04, "float32", 1);
  const opsAt = (rows: number, xla = false) => {
    const x = tf.randomNormal([rows, 512], 0, 1, "float32", 2);
    const fn = (x: Tensor, weights: Tensor) =>
      tf.matMul(x as never, weights as never, false, true) as Tensor;
    const traced = trace(fn, [x, weights]);
    const program = new Program(traced, { resident: 0, xla });
    const results = program.run([x, weights]);
    const eager = tf.tidy(() => [fn(x, weights)]);
    assertSameTensors(eager, results);
    program.dispose();
    tf.dispose([x, results, eager]);
    return simplify(traced.graph, { xla }).nodes.map(({ op }) => op)
      .filter((op) => op !== "Const");
  };
  assertEquals(opsAt(8), ["MatMul"]);
  assertEquals(opsAt(16), ["MatMul", "Transpose"]);
  assertEquals(opsAt(16, true), ["MatMul"]);
  assertEquals(opsAt(128), ["MatMul"]);
  weights.dispose();
});
