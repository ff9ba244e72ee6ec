import { type Tensor, tf } from "../tf/backend.ts";

/** The losses of a population and their gradients. */
export type ValueAndGrads = {
  /** The loss of each member, `[M]`. */
  losses: Tensor;
  /** The gradient of each member's loss, by name, in the shapes of the parameters. */
  grads: Record<string, Tensor>;
};

/**
 * Computes the losses of a population and the gradient of each member's loss
 * with respect to its own parameters.
 *
 * The members share no parameter, so the gradient of the sum of their losses is
 * the gradient of each. What `loss` closes over, such as a reference velocity or
 * advantages, gets no gradient: compute it before.
 *
 * @param params The parameters by name, each `[M, ...]`.
 * @param loss Maps parameters to the losses `[M]`; every parameter must matter.
 * @returns Losses and gradients, which the caller disposes.
 * @throws {TypeError} If the losses are not of shape `[M]`.
 *
 * @example
 * ```ts
 * import { tf, valueAndGrads } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const params = { w: tf.tensor2d([[1, 2], [3, 4]]) };
 * const { losses, grads } = valueAndGrads(
 *   params,
 *   ({ w }) => tf.sum(tf.square(w), 1),
 * );
 * assertEquals(await losses.array(), [5, 25]);
 * assertEquals(await grads.w.array(), [[2, 4], [6, 8]]);
 * tf.dispose([params, losses, grads]);
 * ```
 */
export function valueAndGrads(
  params: Record<string, Tensor>,
  loss: (params: Record<string, Tensor>) => Tensor,
): ValueAndGrads {
  const names = Object.keys(params);
  const tensors = Object.values(params);
  const members = tensors[0].shape[0];
  const named = (values: Tensor[]) =>
    Object.fromEntries(names.map((name, i) => [name, values[i]]));
  return tf.tidy(() => {
    const { value, grads } = tf.valueAndGrads((...values) => {
      const losses = loss(named(values));
      if (losses.rank !== 1 || losses.shape[0] !== members) {
        throw new TypeError(
          `Cannot take gradients: expected losses of shape [${members}], got [${losses.shape}]`,
        );
      }
      return losses;
    })(tensors, tf.ones([members]));
    return { losses: value, grads: named(grads) };
  });
}
