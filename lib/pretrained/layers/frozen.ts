import { type Tensor, tf } from "../../tf/backend.ts";

/**
 * What a frozen base computes with its weights, each with a gradient written out that
 * reaches the input alone: nothing of the size of a weight is made, and only what the
 * gradient needs is remembered. The weights may not be differentiated with respect to.
 */

/** A tensor function that remembers tensors by `save` and gives its gradient. */
type Remembering = (...inputs: (Tensor | Save)[]) => {
  value: Tensor;
  gradFunc: (dy: Tensor, saved: Tensor[]) => Tensor | Tensor[];
};
type Save = (tensors: Tensor[]) => void;

/**
 * `tf.customGrad`, whose types know neither tensors nor `save`, and which would keep all
 * that a gradient makes on its way until the whole gradient is done.
 */
export function withGradient(
  f: (inputs: Tensor[], save: Save) => ReturnType<Remembering>,
): (...inputs: Tensor[]) => Tensor {
  return tf.customGrad((...args) => {
    const inputs = args.slice(0, -1) as Tensor[];
    const { value, gradFunc } = f(inputs, args.at(-1) as unknown as Save);
    return {
      value,
      gradFunc: (dy: Tensor, saved: Tensor[]) =>
        tf.tidy(() => gradFunc(dy, saved)),
    };
  });
}

/**
 * Computes a gradient where another gradient is being computed. TensorFlow.js holds one
 * record of ops, a tape, which the inner gradient would replace by its own.
 */
export function withOwnTape<Result>(gradient: () => Result): Result {
  const { state } = tf.engine();
  const { activeTape } = state;
  try {
    return gradient();
  } finally {
    state.activeTape = activeTape;
  }
}

/**
 * A linear layer with a frozen weight, `x w'`.
 *
 * @param x `[R, inputs]`.
 * @param weight `[outputs, inputs]`, as PyTorch keeps it.
 * @returns `[R, outputs]`; the gradient reaches `x`; the caller disposes it.
 */
export function frozenProduct(x: Tensor, weight: Tensor): Tensor {
  return withGradient(([x]) => ({
    value: tf.matMul(x, weight, false, true),
    gradFunc: (dy) => tf.matMul(dy, weight),
  }))(x);
}

/**
 * Root-mean-square normalisation over the last axis with a frozen gain,
 * `gain x / sqrt(mean(x^2) + e)` (Zhang and Sennrich 2019, arXiv 1910.07467, eq. 4).
 *
 * @param x `[..., D]`.
 * @param gain `[D]`.
 * @param epsilon e.
 * @returns The same shape; the gradient reaches `x`; the caller disposes it.
 */
export function frozenNorm(x: Tensor, gain: Tensor, epsilon: number): Tensor {
  return withGradient(([x], save) => {
    const meanSquare = tf.mean(tf.square(x), -1, true);
    const scale = tf.rsqrt(tf.add(meanSquare, epsilon));
    save([x, scale]);
    return {
      value: tf.mul(tf.mul(x, scale), gain),
      gradFunc: (dy, [x, scale]) => {
        const [unit, dUnit] = [tf.mul(x, scale), tf.mul(dy, gain)];
        const along = tf.mean(tf.mul(dUnit, unit), -1, true);
        return tf.mul(tf.sub(dUnit, tf.mul(unit, along)), scale);
      },
    };
  })(x);
}

/**
 * The gated unit of an MLP, `silu(gate) up` (SwiGLU: Shazeer 2020, arXiv 2002.05202,
 * eq. 5). Its gradient computes the sigmoid again rather than remember three more
 * tensors of this size.
 *
 * @param gate Any shape.
 * @param up The same shape.
 * @returns The same shape; the gradient reaches both; the caller disposes it.
 */
export const gatedUnit: (gate: Tensor, up: Tensor) => Tensor = withGradient(
  ([gate, up], save) => {
    save([gate, up]);
    return {
      value: tf.mul(tf.mul(gate, tf.sigmoid(gate)), up),
      gradFunc: (dy, [gate, up]) => {
        const s = tf.sigmoid(gate);
        const silu = tf.mul(gate, s);
        const slope = tf.add(s, tf.mul(silu, tf.sub(1, s)));
        return [tf.mul(tf.mul(dy, up), slope), tf.mul(dy, silu)];
      },
    };
  },
);
