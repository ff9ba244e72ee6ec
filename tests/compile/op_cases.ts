import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { foldIn, keys, normal, uniform } from "../../lib/tf/random.ts";
import {
  type Any,
  differentiable,
  forward,
  integers,
  inUnit,
  type OpCase,
  positive,
  values,
} from "./op_case.ts";
import { products } from "./product_cases.ts";
import { structural } from "./structural_cases.ts";

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
