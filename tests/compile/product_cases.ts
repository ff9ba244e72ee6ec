import { tf } from "../../lib/tf/backend.ts";
import {
  type Any,
  differentiable,
  forward,
  type OpCase,
  positive,
  values,
} from "./op_case.ts";

/** The products, and what is made of images. */
export function products(): Record<string, OpCase> {
  const product = (a: number[], b: number[], ta = false, tb = false) =>
    differentiable(
      (a, b) => tf.matMul(a as Any, b as Any, ta, tb),
      values(a, 1),
      values(b, 2),
    );
  const image = values([2, 6, 6, 3], 5);
  return {
    matMul: product([2, 3], [3, 4]),
    "matMul transposed": product([3, 2], [4, 3], true, true),
    "matMul of one matrix": product([1, 2, 3], [1, 3, 4]),
    "matMul of one matrix, transposed": product([1, 3, 2], [1, 3, 4], true),
    "matMul of a batch": product([5, 2, 3], [5, 3, 4]),
    "matMul of a batch, transposed": product([5, 2, 3], [5, 4, 3], false, true),
    "matMul broadcast": forward(
      (a, b) => tf.matMul(a as Any, b as Any),
      values([5, 2, 3], 1),
      values([1, 3, 4], 2),
    ),
    dot: differentiable((a, b) => tf.dot(a, b), values([3], 1), values([3], 2)),
    einsum: forward(
      (a, b) => tf.einsum("bij,bjk->bik", a, b),
      values([2, 3, 4], 1),
      values([2, 4, 2], 2),
    ),
    conv2d: differentiable(
      (x, w) => tf.conv2d(x as Any, w as Any, [2, 2], "same"),
      image,
      values([3, 3, 3, 4], 6),
    ),
    "conv2d, dilated": forward(
      (x, w) => tf.conv2d(x as Any, w as Any, 1, "valid", "NHWC", 2),
      image,
      values([2, 2, 3, 2], 6),
    ),
    conv2dTranspose: differentiable(
      (x, w) =>
        tf.conv2dTranspose(x as Any, w as Any, [2, 12, 12, 4], 2, "same"),
      image,
      values([3, 3, 4, 3], 6),
    ),
    depthwiseConv2d: differentiable(
      (x, w) => tf.depthwiseConv2d(x as Any, w as Any, 1, "same"),
      image,
      values([3, 3, 3, 2], 7),
    ),
    maxPool: differentiable((x) => tf.maxPool(x as Any, 2, 2, "valid"), image),
    avgPool: differentiable((x) => tf.avgPool(x as Any, 3, 2, "same"), image),
    resizeBilinear: differentiable(
      (x) => tf.image.resizeBilinear(x as Any, [9, 5]),
      image,
    ),
    resizeNearestNeighbor: differentiable(
      (x) => tf.image.resizeNearestNeighbor(x as Any, [12, 12]),
      image,
    ),
    depthToSpace: forward(
      (x) => tf.depthToSpace(x as Any, 2),
      values([1, 2, 2, 8]),
    ),
    batchNorm: differentiable(
      (x, m, v, b, g) =>
        tf.batchNorm(x, m as Any, v as Any, b as Any, g as Any),
      values([4, 3], 1),
      values([3], 2),
      positive([3], 3),
      values([3], 4),
      values([3], 5),
    ),
    "mean square": differentiable(
      (a, b) => tf.losses.meanSquaredError(a, b),
      values([2, 3], 1),
      values([2, 3], 2),
    ),
    norm: differentiable((x) => tf.norm(x), values([2, 3])),
  };
}
