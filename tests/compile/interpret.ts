import {
  type Attr,
  dataType,
  type Edge,
  type Graph,
  type Node,
  type TensorType,
} from "../../lib/compile/graph.ts";
import {
  nativeBackend,
  type OpAttr,
} from "../../lib/compile/native_backend.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";

/** What each node of a graph, and of the loops in it, returns. */
export type Computed = Map<Node, TensorType[]>;

/**
 * Runs a graph op by op, each for real.
 *
 * @param graph The graph.
 * @param args What its arguments are.
 * @param computed Where the types of what the ops returned are written down.
 * @returns Its outputs.
 */
export function interpret(
  graph: Graph,
  args: readonly Tensor[],
  computed: Computed,
): Tensor[] {
  const values = new Map<Node, Tensor[]>();
  graph.args.forEach((node, i) => values.set(node, [args[i]]));
  const valueOf = ({ node, index }: Edge) => values.get(node)![index];
  for (const node of graph.nodes) {
    const results = run(node, node.inputs.map(valueOf), computed);
    values.set(node, results);
    computed.set(node, results.map(typeOfTensor));
  }
  return graph.outputs.map(valueOf);
}

function run(node: Node, inputs: Tensor[], computed: Computed): Tensor[] {
  const { op, attrs } = node;
  if (op === "Const") return [constant(node)];
  if (op !== "While") {
    const given = Object.entries(attrs).map(toOpAttr);
    const count = node.outputs.length;
    return nativeBackend().executeMultipleOutputs(op, given, inputs, count);
  }
  const { cond, body } = attrs as Record<string, { func: Graph }>;
  let state = inputs;
  while (interpret(cond.func, state, computed)[0].dataSync()[0]) {
    state = interpret(body.func, state, computed);
  }
  return state;
}

function constant({ attrs }: Node): Tensor {
  const { tensor } = attrs.value as Extract<Attr, { tensor: unknown }>;
  const [[dtype]] = Object.entries(dataType)
    .filter(([, number]) => number === tensor.dtype);
  const { buffer } = tensor.content.slice();
  const values = dtype === "float32"
    ? new Float32Array(buffer)
    : dtype === "int32"
    ? new Int32Array(buffer)
    : new Uint8Array(buffer);
  return tf.tensor(values, [...tensor.shape], dtype as "float32");
}

function toOpAttr([name, attr]: [string, Attr]): OpAttr {
  const [[kind, value]] = Object.entries(attr);
  const kinds = ["string", "int", "float", "bool", "type", "shape"];
  return { name, type: kinds.indexOf(kind), value };
}

function typeOfTensor({ dataId, shape }: Tensor): TensorType {
  const { dtype } = nativeBackend().tensorMap.get(dataId);
  return { dtype, shape };
}
