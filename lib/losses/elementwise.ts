import { type Tensor, tf } from "../tf/backend.ts";

/** Exponents count up to here: float32's exp overflows at 88.7. */
const largestExponent = 80;

/**
 * exp(x), at most e^80: finite for any finite x. The gradient is the value, also
 * beyond the bound.
 */
export const boundedExp: (x: Tensor) => Tensor = elementwise({
  value: (x) => tf.exp(bounded(x)),
  slope: (_, y) => y,
});

/** exp(x) - 1, with the bound of {@linkcode boundedExp} in value and gradient. */
export const boundedExpm1: (x: Tensor) => Tensor = elementwise({
  value: (x) => tf.expm1(bounded(x)),
  slope: (x) => tf.exp(bounded(x)),
});

/** x^2 / 2. */
export const halfSquare: (x: Tensor) => Tensor = elementwise({
  value: (x) => tf.mul(tf.square(x), 0.5),
  slope: (x) => x,
});

/** NaN stays NaN: on WebAssembly clipByValue would lose it. */
function bounded(x: Tensor): Tensor {
  return tf.where(tf.greater(x, largestExponent), largestExponent, x);
}

/**
 * A function of each value by itself, from its value and slope. Where nothing asks
 * for a gradient there is none, whatever stands there: a masked token does not
 * matter even if its loss is NaN, as 0 times NaN is 0 here.
 */
function elementwise(
  { value, slope }: {
    value: (x: Tensor) => Tensor;
    slope: (x: Tensor, y: Tensor) => Tensor;
  },
): (x: Tensor) => Tensor {
  return tf.customGrad((x, save) => {
    const y = value(x as Tensor);
    (save as (tensors: Tensor[]) => void)([x as Tensor, y]);
    return {
      value: y,
      gradFunc: (dy: Tensor, [x, y]: Tensor[]) => chain(dy, slope(x, y)),
    };
  });
}

/**
 * The chain rule, dy * slope, where a dy of 0 asks for nothing. The slope is replaced
 * and not the product, which a compiled graph may reorder: results stay bit for bit.
 */
export function chain(dy: Tensor, slope: Tensor): Tensor {
  return tf.mul(dy, tf.where(tf.equal(dy, 0), 0, slope));
}
