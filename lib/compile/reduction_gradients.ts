import { type Tensor, tf } from "../tf/backend.ts";
import { type Replacement } from "./replaced.ts";

/** A sum or a mean over axes, as TensorFlow.js differentiates it. */
type Gradient = (
  dy: Tensor,
  saved: readonly Tensor[],
  attrs: { axis: number | number[] },
) => { x: () => Tensor };

/**
 * The gradients of sums and means as TensorFlow.js has them, except that the ones that
 * they multiply by are an op: it fills an array as large as what was summed.
 */
export function reductionGradients(): Replacement[] {
  const sum: Gradient = (dy, [x], { axis }) => ({
    x: () => repeated(dy, x.shape, axesOf(x, axis)),
  });
  const mean: Gradient = (dy, [x], { axis }) => ({
    x: () => {
      const axes = axesOf(x, axis);
      const count = axes.reduce((n, axis) => n * x.shape[axis], 1);
      return tf.div(repeated(dy, x.shape, axes), count);
    },
  });
  return [
    [tf.getGradient("Sum"), "gradFunc", sum],
    [tf.getGradient("Mean"), "gradFunc", mean],
  ];
}

function axesOf({ shape }: Tensor, axis: number | number[]): number[] {
  return tf.util.parseAxisParam(axis, shape);
}

/** Repeats what is left of a shape without the axes along them. */
function repeated(dy: Tensor, shape: number[], axes: number[]): Tensor {
  const reduced = shape.map((size, i) => axes.includes(i) ? 1 : size);
  return tf.mul(tf.reshape(dy, reduced), tf.fill(shape, 1));
}
