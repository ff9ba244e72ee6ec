import { type Tensor, tf } from "../tf/backend.ts";
import { assertCoefficient } from "../tf/check.ts";
import { type Kl, klK3 } from "./divergences.ts";
import { clippedSurrogate, type SurrogateInputs } from "./objectives.ts";
import { adaptiveBeta, regularised } from "./regularised.ts";

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
  { logpRef, ...sampled }: GrpoInputs,
  { beta, epsilon, kl = klK3 }: GrpoOptions,
): Tensor {
  assertCoefficient("beta", beta, sampled.advantages.shape);
  return tf.tidy(() =>
    regularised({
      objective: clippedSurrogate(sampled, { epsilon }),
      beta,
      divergence: kl({ logp: sampled.logp, logpRef }),
    })
  );
}

/** How {@linkcode adrpoGrpoLoss} weighs its parts. */
export interface AdrpoGrpoOptions {
  /** The weight of the KL divergence at A = 0: a number, or a tensor that broadcasts against `[...]`; 0 or more. */
  beta0: number | Tensor;
  /** How far the ratio counts from 1, positive. */
  epsilon: number;
  /** Limits the advantages in the weight; left as they are when left out. */
  clip?: (advantages: Tensor) => Tensor;
  /** The divergence; the paper's {@linkcode klK3} when left out. */
  kl?: Kl;
}

/**
 * GRPO with a weight of the divergence that falls with the advantage, token by
 * token:
 *
 *     clippedSurrogate + (beta0 - clip(A)) KL(logp, logpRef).
 *
 * The paper's clips of A are functions of the advantages:
 *
 *     (a) => clipAdvantages(a, { min: -k * beta0, max: k * beta0 })   within k beta0
 *     (a) => clipAdvantages(a, { min: -Infinity, max: beta0 })        weights of 0 or more
 *
 * Unclipped, the weight turns negative at A > beta0 and the loss pushes away from
 * the reference. With {@linkcode klK3} a token then gets the gradient
 * -(A (2 - s) - beta0 (1 - s)) at ratio 1, s = pRef / p: a winner that the policy
 * has come to suppress, s > 2, is pushed down. With group-centred advantages the
 * mean weight of a group is beta0, whatever its rewards.
 *
 * Paper: Fan et al. (NeurIPS 2025, arXiv 2510.18053), ADRPO for GRPO. Deviates from
 * the paper: unreduced; `clip` limits A in the weight alone (clip the advantages
 * before for both terms); the divergence can be another.
 *
 * @param inputs Log-probabilities `[..., T]`, in nats, and advantages `[...]`.
 * @param options The weights, the clip and the divergence.
 * @returns `[..., T]`, unreduced; the gradient reaches all inputs, and in training
 * only `logp` (and what `kl` closes over) depends on parameters; the caller
 * disposes it.
 * @throws {TypeError} If the shapes do not fit.
 * @throws {RangeError} If `beta0` is negative or `epsilon` is not positive.
 *
 * @example
 * ```ts
 * import { adrpoGrpoLoss, clipAdvantages, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const logp = tf.tensor2d([[-1], [-1]]);
 * const inputs = {
 *   logp,
 *   logpOld: logp,
 *   logpRef: tf.tensor2d([[-2], [-2]]),
 *   advantages: tf.tensor1d([0.5, -0.5]),
 * };
 * const loss = adrpoGrpoLoss(inputs, {
 *   beta0: 0.2,
 *   epsilon: 0.2,
 *   clip: (a) => clipAdvantages(a, { min: -0.2, max: 0.2 }),
 * });
 * const [winner, loser] = await loss.data();
 * assertAlmostEquals(winner, -0.5, 1e-6); // weight 0.2 - 0.2
 * assertAlmostEquals(loser, 0.5 + 0.4 * Math.exp(-1), 1e-6); // k3 = e^-1 - 1 + 1
 * tf.dispose([inputs, loss]);
 * ```
 */
export function adrpoGrpoLoss(
  inputs: GrpoInputs,
  { beta0, epsilon, clip = (advantages) => advantages, kl }: AdrpoGrpoOptions,
): Tensor {
  return tf.tidy(() => {
    const beta = adaptiveBeta(clip(inputs.advantages), { beta0 });
    return grpoLoss(inputs, { beta, epsilon, kl });
  });
}
