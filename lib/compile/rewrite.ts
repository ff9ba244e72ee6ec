import { type Tensor } from "../tf/backend.ts";
import { type OpAttr } from "./native_backend.ts";

/** An op as a kernel calls it. */
export interface Call {
  op: string;
  attrs: readonly OpAttr[];
  inputs: readonly Tensor[];
}

const matMulNames: Record<string, string> = {
  adj_x: "transpose_a",
  adj_y: "transpose_b",
};

/**
 * Puts a faster op in the place of a slow one: TensorFlow.js sends the product of
 * two matrices as `BatchMatMulV2`, which takes twice the time of `MatMul`.
 */
export function rewrite(call: Call): Call {
  const { op, attrs, inputs } = call;
  if (
    op !== "BatchMatMulV2" || inputs.some(({ shape }) => shape.length !== 2)
  ) {
    return call;
  }
  const renamed = attrs.map((attr) => ({
    ...attr,
    name: matMulNames[attr.name] ?? attr.name,
  }));
  return { op: "MatMul", attrs: renamed, inputs };
}
