import { dataType, type Edge, type Node, typeOf } from "./graph.ts";
import { completeAttrs } from "./op_table.ts";

/** Ops that change the shape of their first input and nothing else. */
const reshaping = new Set(["Reshape", "ExpandDims"]);

/**
 * Finds what can stand in the place of an op and is less: what it takes, if it does
 * not change it, or nodes that do the same at once. TensorFlow.js casts what has the
 * type already, reshapes what was reshaped, and repeats conditions to full size.
 *
 * @param node The op, of one output.
 * @param add Adds a node to the graph and returns its output.
 * @returns What to take instead; nothing if there is no shortcut.
 */
export function shortcut(
  node: Node,
  add: (node: Node) => Edge,
): Edge | undefined {
  const { op, inputs, outputs: [type] } = node;
  if (op === "Cast" && typeOf(inputs[0]).dtype === type.dtype) return inputs[0];
  if (reshaping.has(op)) return reshapeOnce(node, add);
  if (op === "Select" && inputs[0].node.op === "Tile") {
    const [condition, ...values] = inputs;
    const [repeated] = condition.node.inputs;
    return broadcasts(typeOf(repeated).shape, type.shape)
      ? add(withOp(node, "SelectV2", [repeated, ...values]))
      : undefined;
  }
  return undefined;
}

/** Whether a shape of the same rank becomes the other by repeating axes of 1. */
function broadcasts(from: readonly number[], to: readonly number[]): boolean {
  return from.every((size, axis) => size === 1 || size === to[axis]);
}

/** Goes back to what was reshaped first. */
function reshapeOnce(
  node: Node,
  add: (node: Node) => Edge,
): Edge | undefined {
  const { inputs, outputs: [{ shape }] } = node;
  let [source] = inputs;
  while (reshaping.has(source.node.op)) source = source.node.inputs[0];
  if (`${typeOf(source).shape}` === `${shape}`) return source;
  if (source === inputs[0]) return undefined;
  const type = { dtype: dataType.int32, shape: [shape.length] };
  const content = new Uint8Array(Int32Array.from(shape).buffer);
  const dims = add({
    op: "Const",
    name: `${node.name}_shape`,
    attrs: {
      dtype: { type: type.dtype },
      value: { tensor: { ...type, content } },
    },
    inputs: [],
    outputs: [type],
  });
  return add(withOp(node, "Reshape", [source, dims]));
}

/** Another op with the name and the output of a node. */
function withOp({ name, outputs }: Node, op: string, inputs: Edge[]): Node {
  return { op, name, attrs: completeAttrs(op, {}, inputs), inputs, outputs };
}
