import { type Tensor, tf } from "../tf/backend.ts";
import { assertCoefficient, assertSameShape } from "../tf/check.ts";
import { clippedSurrogate, type SurrogateInputs } from "./clipped_surrogate.ts";
import { type Kl, klK3 } from "./kl.ts";
import { perToken } from "./per_token.ts";

/** What {@linkcode grpoLoss} and {@linkcode adrpoGrpoLoss} compare. */
export type GrpoInputs = SurrogateInputs & {
  /** Log-probabilities of the drawn tokens under the reference, `[..., T]`. */
  logpRef: Tensor;
};

/** How {@linkcode grpoLoss} weighs its parts. */
export interface GrpoOptions {
  /** The weight of the KL divergence: a number, or a tensor that broadcasts against `[...]`; 0 or more. */
  beta: number | Tensor;
  /** How far the ratio counts from 1, positive. */
  epsilon: number;
  /** The divergence; the paper's {@linkcode klK3} when left out. */
  kl?: Kl;
}

/**
 * Group-relative policy optimisation, token by token:
 *
 *     clippedSurrogate + beta KL(logp, logpRef).
 *
 * Paper: Shao et al. (2024, arXiv 2402.03300), eq. 3 and 4. Deviates from the paper:
 * the sign, as it is a loss; the advantages are an input
 * ({@linkcode groupAdvantages} makes the paper's); unreduced
 * ({@linkcode sequenceMean} is the paper's reduction). The paper's KL as a loss pulls
 * along another divergence's gradient, see {@linkcode klK3}.
 *
 * @param inputs Log-probabilities `[..., T]`, in nats, and advantages `[...]`.
 * @param options The weights and the divergence.
 * @returns `[..., T]`, unreduced; the gradient reaches all inputs, and in training
 * only `logp` (and what `kl` closes over) depends on parameters; the caller
 * disposes it.
 * @throws {TypeError} If the shapes do not fit.
 * @throws {RangeError} If `beta` is negative or `epsilon` is not positive.
 *
 * @example
 * ```ts
 * import { grpoLoss, klK2, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const logp = tf.tensor2d([[-1, -2]]);
 * const inputs = {
 *   logp,
 *   logpOld: logp,
 *   logpRef: tf.tensor2d([[-2, -2]]),
 *   advantages: tf.tensor1d([0.5]),
 * };
 * const loss = grpoLoss(inputs, { beta: 0.1, epsilon: 0.2, kl: klK2 });
 * const [first, second] = await loss.data();
 * assertAlmostEquals(first, -0.5 + 0.1 / 2, 1e-6); // k2 = (-1 + 2)^2 / 2
 * assertAlmostEquals(second, -0.5, 1e-6);
 * tf.dispose([inputs, loss]);
 * ```
 */
export function grpoLoss(
  inputs: GrpoInputs,
  { beta, epsilon, kl = klK3 }: GrpoOptions,
): Tensor {
  assertCoefficient("beta", beta, inputs.advantages.shape);
  return tf.tidy(() => penalised(inputs, { weight: beta, epsilon, kl }));
}

/**
 * The surrogate plus a weighted divergence.
 *
 * @param inputs Log-probabilities `[..., T]` and advantages `[...]`.
 * @param options `weight`, a number or a tensor that broadcasts against `[...]`.
 * @returns `[..., T]`.
 * @throws {TypeError} If a shape does not fit.
 */
export function penalised(
  { logp, logpOld, logpRef, advantages }: GrpoInputs,
  { weight, epsilon, kl }: {
    weight: number | Tensor;
    epsilon: number;
    kl: Kl;
  },
): Tensor {
  const surrogate = clippedSurrogate({ logp, logpOld, advantages }, {
    epsilon,
  });
  const divergence = kl({ logp, logpRef });
  assertSameShape({ logp, divergence });
  return tf.add(surrogate, tf.mul(perToken(weight), divergence));
}
