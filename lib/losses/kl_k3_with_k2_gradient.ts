import { type Tensor, tf } from "../tf/backend.ts";
import { type KlInputs, klK3 } from "./kl.ts";

/**
 * The value of {@linkcode klK3}, unbiased and never negative, with the gradient of
 * {@linkcode klK2}, which on tokens of p is unbiased for that of KL(p | pRef):
 *
 *     k3 + k2 - stopGradient(k2).
 *
 * Paper: Liu et al. (2025, arXiv 2510.01555), on k2 as a loss and k3 as a value.
 *
 * @param logProbs `logp` and `logpRef`, `[..., T]`, in nats.
 * @returns `[..., T]`; the gradient reaches both; the caller disposes it.
 * @throws {TypeError} If the shapes differ.
 *
 * @example
 * ```ts
 * import { klK3WithK2Gradient, type Tensor, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const logpRef = tf.tensor1d([-3]);
 * const { value, grad } = tf.valueAndGrad((logp: Tensor) =>
 *   klK3WithK2Gradient({ logp, logpRef })
 * )(tf.tensor1d([-1]));
 * assertAlmostEquals((await value.data())[0], Math.exp(-2) - 1 + 2, 1e-6);
 * assertAlmostEquals((await grad.data())[0], -1 + 3, 1e-6);
 * tf.dispose([logpRef, value, grad]);
 * ```
 */
export function klK3WithK2Gradient(logProbs: KlInputs): Tensor {
  return tf.customGrad((logp, logpRef, save) => {
    (save as (tensors: Tensor[]) => void)([logp as Tensor, logpRef as Tensor]);
    return {
      value: klK3({ logp: logp as Tensor, logpRef: logpRef as Tensor }),
      gradFunc: (dy: Tensor, [logp, logpRef]: Tensor[]) => {
        const toward = tf.mul(dy, tf.sub(logp, logpRef));
        return [toward, tf.neg(toward)];
      },
    };
  })(logProbs.logp, logProbs.logpRef);
}
