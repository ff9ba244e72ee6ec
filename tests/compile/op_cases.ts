import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { foldIn, keys, normal, uniform } from "../../lib/tf/random.ts";

/** A function of tensors to run eagerly and compiled. */
export interface OpCase {
  fn: (...inputs: Tensor[]) => Tensor;
  inputs: Tensor[];
  /** Whether TensorFlow.js has a gradient for all of the inputs. */
  gradient: boolean;
}

/** Values without ties, of both signs, away from 0 and from integers. */
export function values(shape: number[], seed = 1): Tensor {
  const size = shape.reduce((product, axis) => product * axis, 1);
  const draw = (_: unknown, i: number) => {
    const value = Math.sin(12.9898 * (i + 1) + 78.233 * seed) * 2;
    return value + 0.05 * Math.sign(value);
  };
  return tf.tensor(Array.from({ length: size }, draw), shape);
}

const positive = (shape: number[], seed?: number) =>
  tf.tidy(() => tf.add(tf.abs(values(shape, seed)), 0.1));
const inUnit = (shape: number[], seed?: number) =>
  tf.tidy(() => tf.mul(values(shape, seed), 0.4));
const integers = (list: number[], shape: number[]) =>
  tf.tensor(list, shape, "int32");
const bools = (list: number[], shape: number[]) =>
  tf.tensor(list, shape, "bool");

const differentiable = (
  fn: OpCase["fn"],
  ...inputs: Tensor[]
): OpCase => ({ fn, inputs, gradient: true });
const forward = (fn: OpCase["fn"], ...inputs: Tensor[]): OpCase => ({
  fn,
  inputs,
  gradient: false,
});

// deno-lint-ignore no-explicit-any
type Any = any; // TensorFlow.js wants ranks that a plain tensor does not tell.

/** The kernels that the kit uses, and the common rest. */
export function opCases(): Record<string, OpCase> {
  const unary = (
    names: string[],
    input: (shape: number[], seed?: number) => Tensor,
  ) =>
    names.map((name, i) => [
      name,
      differentiable((tf as Any)[name], input([2, 3], i + 1)),
    ]);
  const binary = (
    names: string[],
    input = values,
    broadcast = differentiable,
    same = differentiable,
  ) =>
    names.flatMap((name, i) => {
      const fn = (tf as Any)[name];
      const x = input([2, 3], i + 1);
      return [
        [name, same(fn, x, input([2, 3], i + 30))],
        [`${name} broadcast`, broadcast(fn, x, input([3], i + 30))],
      ];
    });
  const compare = [
    ...["equal", "notEqual", "greater", "greaterEqual", "less", "lessEqual"],
  ].map((name) => [
    name,
    forward(
      (tf as Any)[name],
      integers([1, 2, 3, 4], [4]),
      integers([1, 3, 2, 4], [4]),
    ),
  ]);
  const reduce = ["sum", "mean", "max", "min", "prod", "logSumExp"]
    .flatMap((name, i) => {
      const fn = (tf as Any)[name] as Any;
      return [
        [name, differentiable((x) => fn(x), values([2, 3, 4], i))],
        [
          `${name} of an axis`,
          differentiable((x) => fn(x, 1), values([2, 3, 4], i)),
        ],
        [
          `${name} keeping dimensions`,
          differentiable((x) => fn(x, [0, 2], true), values([2, 3, 4], i)),
        ],
      ];
    })
    // TensorFlow.js has no gradient of prod over several axes.
    .filter(([name]) => name !== "prod keeping dimensions");

  return Object.fromEntries([
    ...unary([
      ...["abs", "neg", "sign", "square", "exp", "expm1", "sigmoid", "tanh"],
      ...["sin", "cos", "sinh", "cosh", "atan", "asinh", "erf", "softplus"],
      ...["relu", "relu6", "elu", "selu", "leakyRelu", "step", "logSigmoid"],
      ...["softmax", "logSoftmax", "floor", "ceil", "round", "reciprocal"],
    ], values),
    ...unary(["log", "log1p", "sqrt", "rsqrt"], positive),
    ...unary(["asin", "acos", "atanh"], inUnit),
    ...binary(["add", "sub", "mul", "div", "atan2"]),
    ...binary(["pow"], positive),
    // TensorFlow.js has no gradients of these, or none where they broadcast.
    ...binary(["maximum", "minimum", "squaredDifference"], values, forward),
    ...binary(["divNoNan", "mod", "floorDiv"], positive, forward, forward),
    ...compare,
    ...reduce,
    ...Object.entries(structural()),
    ...Object.entries(products()),
    ...Object.entries(random()),
  ]);
}

function structural(): Record<string, OpCase> {
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

function products(): Record<string, OpCase> {
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

function random(): Record<string, OpCase> {
  const seeds = integers([7, 0, 8, 1], [2, 2]);
  return {
    normal: forward((k) => normal(k, [5, 3]), seeds),
    uniform: forward((k) => uniform(k, [7]), seeds),
    foldIn: forward((k, i) => foldIn(k, i), seeds, integers([41], [])),
    "normal of constant keys": forward(
      (x) => tf.mul(x, normal(foldIn(keys([1, 2]), 3), [3])),
      values([2, 3]),
    ),
  };
}
