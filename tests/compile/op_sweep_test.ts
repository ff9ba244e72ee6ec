import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Node, type TensorType } from "../../lib/compile/graph.ts";
import { canTrace } from "../../lib/compile/native_backend.ts";
import { compile, loop } from "../../lib/compile/mod.ts";
import { trace } from "../../lib/compile/trace.ts";
import { leavesOf, withLeaves } from "../../lib/compile/tree.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { assertSameTensors } from "./assert_same.ts";
import { type Computed, interpret } from "./interpret.ts";
import { type OpCase, values } from "./op_case.ts";
import { opCases } from "./op_cases.ts";

/** Its result, its gradients of a weighted sum, and the sum. */
function valueAndGradients({ fn, gradient }: OpCase, inputs: Tensor[]) {
  const value = fn(...inputs);
  if (!gradient) return { value };
  const loss = (...inputs: Tensor[]) => {
    const y = fn(...inputs);
    return tf.sum(tf.mul(y, values(y.shape, 4)));
  };
  const { value: sum, grads } = tf.valueAndGrads(loss as never)(inputs);
  return { value, sum, grads };
}

const cases = opCases();
const inputs = Object.fromEntries(
  Object.entries(cases).map(([name, { inputs }]) => [name, inputs]),
);

/** Those whose gradient is 0. */
const flat = new Set(["sign", "step", "floor", "ceil", "round"]);

/** All cases in one graph, each wrapped by `plant`. */
function sweep(plant: (fn: OpCase["fn"]) => OpCase["fn"]) {
  return (inputs: Record<string, Tensor[]>) =>
    Object.fromEntries(
      Object.entries(cases).map(([name, { fn, gradient }]) => [
        name,
        valueAndGradients(
          { fn: plant(fn), gradient, inputs: [] },
          inputs[name],
        ),
      ]),
    );
}

Deno.test({
  name: "every op has the same value and gradient in a graph",
  ignore: !canTrace,
  fn: () => {
    const fn = sweep((fn) => fn);
    const eager = tf.tidy(() => fn(inputs));
    using compiled = compile(fn);
    const graph = compiled(inputs);
    for (const name of Object.keys(cases)) {
      assertSameTensors(eager[name], graph[name], name);
    }
    tf.dispose([eager, graph]);
  },
});

Deno.test({
  name: "an error planted in any op is found, in its value and its gradient",
  ignore: !canTrace,
  fn: () => {
    const eager = tf.tidy(() => sweep((fn) => fn)(inputs));
    // Compiled with the error, compared with the eager run without it.
    using compiled = compile(sweep((fn) => (...inputs) => {
      const y = fn(...inputs);
      return y.dtype === "float32"
        ? tf.mul(y, 1.001)
        : y.dtype === "int32"
        ? tf.add(y, tf.scalar(1, "int32"))
        : tf.logicalNot(y);
    }));
    const graph = compiled(inputs);
    for (const [name, { gradient }] of Object.entries(cases)) {
      const [was, is] = [eager[name], graph[name]];
      const found = (was: unknown, is: unknown) =>
        assertThrows(() => assertSameTensors(was, is), Error, "", name);
      found(was.value, is.value);
      if (!gradient) continue;
      found(was.sum, is.sum);
      if (!flat.has(name)) found(was.grads, is.grads);
    }
    tf.dispose([eager, graph]);
  },
});

/** All ops, one of many results, a loop, and products of matrices in stacks of one. */
function everything(inputs: Record<string, Tensor[]>) {
  const [x] = inputs.norm; // [2, 3]
  const turned = (x: Tensor) => tf.concat(tf.split(x, [1, 1]).toReversed());
  return {
    ops: sweep((fn) => fn)(inputs),
    parts: tf.split(tf.tile(x, [20, 1]), Array(40).fill(1)),
    looped: loop(3, x, (x, i) => tf.mul(turned(x), tf.cast(i, "float32"))),
    product: tf.matMul(tf.reshape(x, [1, 1, 2, 3]), tf.transpose(x) as never),
  };
}

/** Asserts that nodes have the types which they have when they run. */
function assertTypes(nodes: Iterable<Node>, computed: Computed) {
  for (const node of nodes) {
    assertEquals(node.outputs, computed.get(node), node.name);
  }
}

Deno.test({
  name: "a trace knows the type of what every op returns",
  ignore: !canTrace,
  fn: () =>
    tf.tidy(() => {
      const { graph, result, captures } = trace(everything, [inputs]);
      assert(captures.every(({ kind }) => kind === "constant"));
      const args = [...leavesOf(inputs, "inputs").values()];
      const computed: Computed = new Map();
      const outputs = interpret(graph, args, computed);
      // The reference is one: it does what the function does.
      assertSameTensors(everything(inputs), withLeaves(result, outputs));

      assert(graph.nodes.every((node) => computed.has(node)));
      assert(new Set([...computed.keys()].map(({ op }) => op)).size > 100);
      assertTypes(computed.keys(), computed);
      const wrong: ((type: TensorType) => TensorType)[] = [
        ({ dtype, shape }) => ({ dtype: dtype === 3 ? 1 : 3, shape }),
        ({ dtype, shape }) => ({ dtype, shape: [...shape, 1] }),
        ({ dtype, shape }) => ({ dtype, shape: [2, ...shape.slice(1)] }),
      ];
      for (const node of computed.keys()) {
        for (const plant of wrong) {
          const outputs = node.outputs.with(-1, plant(node.outputs.at(-1)!));
          if (JSON.stringify(outputs) === JSON.stringify(node.outputs)) {
            continue;
          }
          const planted = { ...node, outputs };
          const real = new Map([[planted, computed.get(node)!]]);
          assertThrows(() => assertTypes([planted], real), Error, node.name);
        }
      }
    }),
});

Deno.test({
  name: "the sweep covers what it says: gradients that are not all zero",
  ignore: !canTrace, // Other backends lack some of the kernels.
  fn: () => {
    tf.tidy(() => {
      for (const [name, opCase] of Object.entries(cases)) {
        if (!opCase.gradient || flat.has(name)) continue;
        const { grads } = valueAndGradients(opCase, opCase.inputs);
        for (const grad of grads!) {
          assert(grad.dataSync().some((value) => value !== 0), name);
        }
      }
    });
  },
});
