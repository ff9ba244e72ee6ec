import { type Attr, dataType, type Edge, type Node, typeOf } from "./graph.ts";
import { roundsFactors } from "../tf/native_kernels.ts";
import { type Scope } from "./scope.ts";

/**
 * Adds an op as a kernel calls it, or a faster one in its place: TensorFlow.js sends
 * every product as `BatchMatMulV2`, which takes twice the time of `MatMul` where
 * there is but one product. It stays where {@linkcode roundsFactors}.
 *
 * @returns The node whose outputs are those of the op.
 */
export function addOp(
  scope: Scope,
  op: string,
  attrs: Record<string, Attr>,
  inputs: readonly Edge[],
): Node {
  const isMatrix = (edge: Edge) =>
    typeOf(edge).shape.slice(0, -2).every((size) => size === 1);
  return op === "BatchMatMulV2" && !roundsFactors && inputs.every(isMatrix)
    ? addMatMul(scope, attrs, inputs)
    : scope.addNode(op, attrs, inputs);
}

/** A product of matrices, `[1, ..., 1, m, n]` too. */
function addMatMul(
  scope: Scope,
  { T, adj_x: transposeA, adj_y: transposeB }: Record<string, Attr>,
  inputs: readonly Edge[],
): Node {
  const product = scope.addNode(
    "MatMul",
    { T, transpose_a: transposeA, transpose_b: transposeB },
    inputs.map((edge) => reshape(scope, edge, typeOf(edge).shape.slice(-2))),
  );
  const ranks = inputs.map((edge) => typeOf(edge).shape.length);
  const ones = Array(Math.max(...ranks) - 2).fill(1);
  const [{ shape }] = product.outputs;
  return reshape(scope, { node: product, index: 0 }, [...ones, ...shape]).node;
}

function reshape(scope: Scope, edge: Edge, shape: readonly number[]): Edge {
  const { dtype, shape: before } = typeOf(edge);
  if (before.length === shape.length) return edge;
  const dims = { dtype: dataType.int32, shape: [shape.length] };
  const inputs = [edge, scope.addConstant(Int32Array.from(shape), dims)];
  const node = scope.addNode("Reshape", {}, inputs, [{ dtype, shape }]);
  return { node, index: 0 };
}
