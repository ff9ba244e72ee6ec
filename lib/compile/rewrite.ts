import { type Attr, dataType, type Edge, type Node, typeOf } from "./graph.ts";
import { type Scope } from "./scope.ts";

/**
 * Adds an op as a kernel calls it, or a faster one in its place: TensorFlow.js sends
 * every product as `BatchMatMulV2`, which takes twice the time of `MatMul` where
 * there is but one product.
 *
 * @returns The node whose outputs are those of the op; their types are to be set.
 */
export function addOp(
  scope: Scope,
  op: string,
  attrs: Record<string, Attr>,
  inputs: readonly Edge[],
): Node {
  const isMatrix = (edge: Edge) =>
    typeOf(edge).shape.slice(0, -2).every((size) => size === 1);
  return op === "BatchMatMulV2" && inputs.every(isMatrix)
    ? addMatMul(scope, attrs, inputs)
    : scope.addNode(op, attrs, inputs, []);
}

/** A product of matrices, `[1, ..., 1, m, n]` too. */
function addMatMul(
  scope: Scope,
  { T, adj_x: transposeA, adj_y: transposeB }: Record<string, Attr>,
  inputs: readonly Edge[],
): Node {
  const { dtype } = typeOf(inputs[0]);
  const [a, b] = inputs.map((edge) => typeOf(edge).shape);
  const sides = [
    a.at((transposeA as { bool: boolean }).bool ? -1 : -2)!,
    b.at((transposeB as { bool: boolean }).bool ? -2 : -1)!,
  ];
  const product = scope.addNode(
    "MatMul",
    { T, transpose_a: transposeA, transpose_b: transposeB },
    inputs.map((edge) => reshape(scope, edge, typeOf(edge).shape.slice(-2))),
    [{ dtype, shape: sides }],
  );
  const ones = Array(Math.max(a.length, b.length) - 2).fill(1);
  return reshape(scope, { node: product, index: 0 }, [...ones, ...sides]).node;
}

function reshape(scope: Scope, edge: Edge, shape: readonly number[]): Edge {
  const { dtype, shape: before } = typeOf(edge);
  if (before.length === shape.length) return edge;
  const dims = { dtype: dataType.int32, shape: [shape.length] };
  const inputs = [edge, scope.addConstant(Int32Array.from(shape), dims)];
  const node = scope.addNode("Reshape", {}, inputs, [{ dtype, shape }]);
  return { node, index: 0 };
}
