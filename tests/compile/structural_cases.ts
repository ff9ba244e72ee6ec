import { tf } from "../../lib/tf/backend.ts";
import {
  type Any,
  bools,
  differentiable,
  forward,
  integers,
  type OpCase,
  values,
} from "./op_case.ts";

/** The ops on shapes, places and truth values. */
export function structural(): Record<string, OpCase> {
  const x = values([2, 3, 4], 3);
  return {
    reshape: differentiable((x) => tf.reshape(x, [4, 6]), x),
    expandDims: differentiable((x) => tf.expandDims(x, 1), x),
    squeeze: differentiable((x) => tf.squeeze(x, [1]), values([2, 1, 3])),
    transpose: differentiable((x) => tf.transpose(x, [2, 0, 1]), x),
    reverse: differentiable((x) => tf.reverse(x, 1), x),
    tile: differentiable((x) => tf.tile(x, [1, 2, 3]), x),
    broadcastTo: differentiable(
      (x) => tf.broadcastTo(x, [2, 3]),
      values([1, 3]),
    ),
    slice: differentiable((x) => tf.slice(x, [0, 1, 2], [2, 2, 1]), x),
    stridedSlice: forward(
      (x) => tf.stridedSlice(x, [0, 0, 0], [2, 3, 4], [1, 2, 3]),
      x,
    ),
    concat: differentiable(
      (a, b) => tf.concat([a, b], 1),
      values([2, 3], 1),
      values([2, 1], 2),
    ),
    split: differentiable((x) => tf.split(x, [1, 3], 2)[1], x),
    stack: differentiable(
      (a, b) => tf.stack([a, b], 1),
      values([2, 3], 1),
      values([2, 3], 2),
    ),
    unstack: differentiable((x) => tf.unstack(x, 1)[2], x),
    pad: differentiable((x) => tf.pad(x, [[1, 0], [0, 2], [1, 1]], 0.5), x),
    mirrorPad: differentiable(
      (x) => tf.mirrorPad(x as Any, [[1, 1], [0, 1]], "reflect"),
      values([3, 4]),
    ),
    cumsum: differentiable((x) => tf.cumsum(x, 2, true, true), x),
    cumprod: forward((x) => tf.cumprod(x, 1), x),
    where: differentiable(
      (a, b) => tf.where(bools([0, 1, 1, 0, 1, 0], [2, 3]), a, b),
      values([2, 3], 1),
      values([2, 3], 2),
    ),
    clipByValue: differentiable((x) => tf.clipByValue(x, -1, 0.7), x),
    gather: differentiable(
      (x) => tf.gather(x, integers([2, 0, 2], [3]) as Any, 1),
      x,
    ),
    "gather by an input": forward(
      (x, i) => tf.gather(x, i as Any, 0),
      x,
      integers([1, 1, 0], [3]),
    ),
    gatherND: forward(
      (x) => tf.gatherND(x, integers([1, 2, 0, 1], [2, 2])),
      x,
    ),
    unsortedSegmentSum: differentiable(
      (x) => tf.unsortedSegmentSum(x, integers([1, 0, 1], [3]) as Any, 2),
      values([3, 2]),
    ),
    oneHot: forward(
      (i) => tf.oneHot(i as Any, 4, 2, -1),
      integers([3, 0, 1], [3]),
    ),
    "topk values": forward((x) => tf.topk(x, 2).values, x),
    "topk indices": forward((x) => tf.topk(x, 2).indices, x),
    argMax: forward((x) => tf.argMax(x, -1), x),
    argMin: forward((x) => tf.argMin(x, 1), x),
    cast: forward((x) => tf.cast(x, "int32"), x),
    "cast to bool": forward((x) => tf.cast(x, "bool"), x),
    any: forward((b) => tf.any(b, 1), bools([0, 1, 0, 0], [2, 2])),
    all: forward((b) => tf.all(b, 1), bools([1, 1, 0, 1], [2, 2])),
    logicalAnd: forward(
      (a, b) => tf.logicalAnd(a, b),
      bools([0, 1, 0, 1], [4]),
      bools([0, 0, 1, 1], [4]),
    ),
    logicalOr: forward(
      (a, b) => tf.logicalOr(a, b),
      bools([0, 1, 0, 1], [4]),
      bools([0, 0, 1, 1], [4]),
    ),
    logicalNot: forward((a) => tf.logicalNot(a), bools([0, 1], [2])),
    isNaN: forward((x) => tf.isNaN(tf.log(x)), x),
    isFinite: forward((x) => tf.isFinite(tf.div(1, tf.relu(x))), x),
    zeros: forward((x) => tf.add(x, tf.zeros([2, 3, 4])), x),
    "a large constant": forward((x) => tf.mul(x, tf.fill([2, 3, 4], 0.3)), x),
    onesLike: forward((x) => tf.onesLike(x), x),
    range: forward(
      (x) => tf.mul(x, tf.range(0, 4, 1)),
      x,
    ),
    linspace: forward((x) => tf.mul(x, tf.linspace(0, 1, 4)), x),
    eye: forward((x) => tf.add(x, tf.eye(3)), values([3, 3])),
    addN: differentiable(
      (a, b) => tf.addN([a, b]),
      values([3], 1),
      values([3], 2),
    ),
  };
}
