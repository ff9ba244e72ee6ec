import { tf } from "../tf/backend.ts";
import {
  type Attr,
  constantAttrs,
  dataType,
  type Edge,
  type Node,
  type TensorType,
  typeOf,
} from "./graph.ts";
import { nativeBackend, type Values } from "./native_backend.ts";
import { completeAttrs } from "./op_table.ts";

/** Ops that change the shape of their first input and nothing else. */
export const reshaping: ReadonlySet<string> = new Set([
  "Reshape",
  "ExpandDims",
]);

/**
 * Finds what can stand in the place of an op and is less: what it takes, if it does
 * not change it, or nodes that do the same at once. TensorFlow.js casts what has the
 * type already, reshapes what was reshaped, repeats conditions to full size, and writes
 * squares down to sum them. Some products are faster transposed.
 *
 * @param node The op, of one output.
 * @param add Adds a node to the graph and returns its output.
 * @param options Whether XLA compiles the graph, which lacks some ops.
 * @returns What to take instead; nothing if there is no shortcut.
 */
export function shortcut(
  node: Node,
  add: (node: Node) => Edge,
  { xla }: { xla: boolean },
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
  if (op === "MatMul" && !xla) return productOfFewRows(node, add);
  const ofSquares = (op === "Sum" || op === "Mean") &&
    inputs[0].node.op === "Square" && type.dtype === dataType.float32;
  return ofSquares && !xla ? sumSquares(node, add) : undefined;
}

/** For how many rows, and from how many weights on, a product is faster transposed. */
const [rowsFrom, rowsTo, weightsFrom] = [16, 64, 2 ** 19];

/**
 * `a b'` of few rows as `(b a')'`: on a processor, oneDNN takes half of the time or a
 * little more, since it rearranges the second factor, which is smaller so. That is what
 * a language model does when it draws.
 */
function productOfFewRows(
  node: Node,
  add: (node: Node) => Edge,
): Edge | undefined {
  const { name, inputs: [a, b], attrs, outputs: [{ dtype, shape }] } = node;
  const is = (attr: Attr) => "bool" in attr && attr.bool;
  const [rows, columns] = shape;
  const suits = !is(attrs.transpose_a) && is(attrs.transpose_b) &&
    rows >= rowsFrom && rows <= rowsTo && sizeOf(typeOf(b)) >= weightsFrom;
  if (!suits || nativeBackend().isUsingGpuDevice) return undefined;
  const outputs = [{ dtype, shape: [columns, rows] }];
  const swapped = { name: `${name}_transposed`, outputs };
  const product = add(withOp(swapped, "MatMul", [b, a], attrs));
  const type = { dtype: dataType.int32, shape: [2] };
  const axes = add(constant(`${name}_axes`, Int32Array.of(1, 0), type));
  return add(withOp(node, "Transpose", [product, axes]));
}

/** A sum or a mean of squares in one pass, by way of its root. */
function sumSquares(node: Node, add: (node: Node) => Edge): Edge {
  const { op, name, inputs: [squares, axes], outputs, attrs } = node;
  const { inputs: [x] } = squares.node;
  const { keep_dims } = attrs;
  const named = (suffix: string) => ({ name: `${name}_${suffix}`, outputs });
  const norm = add(
    withOp(named("root"), "EuclideanNorm", [x, axes], { keep_dims }),
  );
  if (op === "Sum") return add(withOp(node, "Square", [norm]));
  const sum = add(withOp(named("sum"), "Square", [norm]));
  const share = sizeOf(typeOf(sum)) / sizeOf(typeOf(x));
  const type = { dtype: dataType.float32, shape: [] };
  const factor = add(constant(`${name}_share`, Float32Array.of(share), type));
  return add(withOp(node, "Mul", [sum, factor]));
}

const sizeOf = ({ shape }: TensorType) =>
  tf.util.sizeFromShape(shape as number[]);

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
  const dims = add(
    constant(`${node.name}_shape`, Int32Array.from(shape), type),
  );
  return add(withOp(node, "Reshape", [source, dims]));
}

function constant(name: string, values: Values, type: TensorType): Node {
  const attrs = constantAttrs(type, new Uint8Array(values.buffer));
  return { op: "Const", name, attrs, inputs: [], outputs: [type] };
}

/** Another op with the name and the output of a node. */
function withOp(
  { name, outputs }: Pick<Node, "name" | "outputs">,
  op: string,
  inputs: Edge[],
  attrs: Record<string, Attr> = {},
): Node {
  return { op, name, attrs: completeAttrs(op, attrs, inputs), inputs, outputs };
}
