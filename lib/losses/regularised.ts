import { type Tensor, tf } from "../tf/backend.ts";
import {
  assertCoefficient,
  assertFloats,
  assertPerEvent,
  assertSameShape,
} from "../tf/check.ts";
import { rewardWeights } from "./advantages.ts";
import { type Kl, klK3, w2Penalty } from "./divergences.ts";
import {
  clippedSurrogate,
  flowMatchingLoss,
  type SurrogateInputs,
} from "./objectives.ts";

/**
 * ADRPO's regularisation of each sample:
 *
 *     beta_eff = beta0 - A
 *
 * With advantages centred in a group its mean over the group is beta0, whatever the
 * rewards: it moves regularisation between samples, not up or down.
 *
 * Paper: Fan et al. (2025, arXiv 2510.18053), the coefficient of the general ADRPO
 * objective. Deviates from the paper: nothing.
 *
 * @param advantages `[...]`.
 * @param options.beta0 A number, or a tensor that broadcasts against `[...]`; 0 or
 * more.
 * @returns `[...]`, negative where A exceeds beta0; the gradient reaches both; the
 * caller disposes it.
 * @throws {TypeError} If `advantages` are not float32 or `beta0` does not broadcast.
 * @throws {RangeError} If `beta0` is a negative or non-finite number.
 *
 * @example
 * ```ts
 * import { adaptiveBeta, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const betas = adaptiveBeta(tf.tensor1d([-0.5, 0, 0.5]), { beta0: 1 });
 * assertEquals(await betas.array(), [1.5, 1, 0.5]);
 * betas.dispose();
 * ```
 */
export function adaptiveBeta(
  advantages: Tensor,
  { beta0 }: { beta0: number | Tensor },
): Tensor {
  assertFloats("advantages", advantages);
  assertCoefficient("beta0", beta0, advantages.shape);
  return tf.tidy(() => tf.sub(beta0, advantages));
}

/**
 * An objective with a regularisation of each sample, once for every modality:
 *
 *     objective + beta divergence.
 *
 * It is the line L_RL + (beta0 - A) L_D of ADRPO when `beta` is
 * {@linkcode adaptiveBeta}. Every loss below is this one with an objective and a
 * divergence of its own.
 *
 * Paper: Fan et al. (2025, arXiv 2510.18053), the general ADRPO objective. Deviates
 * from the paper: unreduced.
 *
 * @param parts.objective `[...]` sample by sample, or `[..., T]` token by token.
 * @param parts.beta A number of 0 or more, or a tensor of any sign, one value a
 * sample: it broadcasts against `[...]` and holds for all T tokens of a sample.
 * @param parts.divergence The shape of `objective`.
 * @returns The shape of `objective`; the gradient reaches every part; the caller
 * disposes it.
 * @throws {TypeError} If the shapes do not fit.
 * @throws {RangeError} If `beta` is a negative or non-finite number.
 *
 * @example
 * ```ts
 * import { regularised, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const loss = tf.tidy(() =>
 *   regularised({
 *     objective: tf.tensor2d([[1, 2], [3, 4]]), // two tokens a sample
 *     beta: tf.tensor1d([0, 0.5]), // one a sample
 *     divergence: tf.tensor2d([[8, 8], [8, 10]]),
 *   })
 * );
 * assertEquals(await loss.array(), [[1, 2], [7, 9]]);
 * loss.dispose();
 * ```
 */
export function regularised(
  { objective, beta, divergence }: {
    objective: Tensor;
    beta: number | Tensor;
    divergence: Tensor;
  },
): Tensor {
  assertSameShape({ objective, divergence });
  const rank = typeof beta === "number" ? 0 : beta.rank;
  assertCoefficient("beta", beta, objective.shape.slice(0, rank));
  return tf.tidy(() =>
    tf.add(objective, tf.mul(overTokens(beta, objective.rank), divergence))
  );
}

/** A value a sample, with axes of size 1 behind it up to the rank of a loss. */
function overTokens(beta: number | Tensor, rank: number): number | Tensor {
  if (typeof beta === "number" || beta.rank === rank) return beta;
  return overTokens(tf.expandDims(beta, -1), rank);
}

/** The velocities that a regularised flow-matching loss compares, `[..., D]`. */
export type FlowVelocities = {
  /** The model's. */
  vt: Tensor;
  /** The path's. */
  ut: Tensor;
  /** The frozen reference's. */
  vRef: Tensor;
  /** Those of the policy that drew the samples, for a method that asks for them. */
  vOld?: Tensor;
};

/**
 * What the regularised flow-matching methods share, sample by sample:
 *
 *     weight |vt - ut|^2 + beta |vt - vRef|^2,   |.|^2 the mean over D.
 *
 * Its curvature in `vt` is weight + beta: a sample without a positive sum has no
 * minimum.
 *
 * @param velocities `vt`, `ut` and `vRef`, `[..., D]`.
 * @param coefficients `weight`, `[...]`, of any sign; `beta`, a number of 0 or more,
 * or a tensor of any sign that broadcasts against `[...]`.
 * @returns `[...]`; the gradient reaches every input, and in training only `vt`
 * depends on parameters; the caller disposes it.
 * @throws {TypeError} If the shapes do not fit.
 * @throws {RangeError} If `beta` is a negative or non-finite number.
 *
 * @example
 * ```ts
 * import { tf, twoTerms } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const loss = tf.tidy(() =>
 *   twoTerms({
 *     vt: tf.tensor2d([[1, 1]]),
 *     ut: tf.tensor2d([[0, 1]]),
 *     vRef: tf.tensor2d([[3, 1]]),
 *   }, { weight: tf.tensor1d([3]), beta: 2 })
 * );
 * assertEquals(await loss.array(), [5.5]); // 3 * (1 + 0) / 2 + 2 * (4 + 0) / 2
 * loss.dispose();
 * ```
 */
export function twoTerms(
  { vt, ut, vRef }: FlowVelocities,
  { weight, beta }: { weight: Tensor; beta: number | Tensor },
): Tensor {
  assertPerEvent({ weight }, { vt });
  assertCoefficient("beta", beta, weight.shape);
  return tf.tidy(() =>
    regularised({
      objective: tf.mul(weight, flowMatchingLoss({ vt, ut })),
      beta,
      divergence: w2Penalty({ vt, vRef }),
    })
  );
}

/**
 * Online reward-weighted conditional flow matching with Wasserstein-2
 * regularisation, sample by sample:
 *
 *     exp(tau r) |vt - ut|^2 + beta |vt - vRef|^2,   |.|^2 the mean over D.
 *
 * The samples come from the current policy, refreshed as it changes; without the
 * refresh, or without fitting, it is another method. The weights are positive: a bad
 * sample is matched less, never pushed away.
 *
 * Paper: Fan et al. (2025, arXiv 2502.06061), the ORW-CFM-W2 loss, whose alpha is
 * beta here, as in ADRPO. Deviates from the paper: unreduced; the mean over D, as in
 * the authors' code.
 *
 * @param inputs `vt`, `ut` and `vRef`, `[..., D]`, and `rewards`, `[...]`.
 * @param options.tau The inverse temperature of the weights, 0 or more.
 * @param options.beta The weight of the regulariser, 0 or more. Both a number, or a
 * tensor that broadcasts against `[...]`, such as `[M, 1]` for a population.
 * @returns `[...]`; the gradient reaches every input, and in training only `vt`
 * depends on parameters; the caller disposes it.
 * @throws {TypeError} If the shapes do not fit.
 * @throws {RangeError} If a coefficient is a negative or non-finite number.
 *
 * @example
 * ```ts
 * import { orwCfmW2Loss, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const loss = tf.tidy(() =>
 *   orwCfmW2Loss({
 *     vt: tf.tensor2d([[1, 1]]),
 *     ut: tf.tensor2d([[0, 0]]),
 *     vRef: tf.tensor2d([[3, 1]]),
 *     rewards: tf.tensor1d([2]),
 *   }, { tau: 0.5, beta: 0.1 })
 * );
 * // e^(0.5 * 2) * (1 + 1) / 2 + 0.1 * (4 + 0) / 2
 * assertAlmostEquals((await loss.data())[0], Math.E + 0.2, 1e-5);
 * loss.dispose();
 * ```
 */
export function orwCfmW2Loss(
  { rewards, ...velocities }: FlowVelocities & { rewards: Tensor },
  { tau, beta }: { tau: number | Tensor; beta: number | Tensor },
): Tensor {
  assertPerEvent({ rewards }, { vt: velocities.vt });
  return tf.tidy(() =>
    twoTerms(velocities, { weight: rewardWeights(rewards, { tau }), beta })
  );
}

/**
 * Advantage-weighted flow matching with a fixed regularisation, sample by sample:
 *
 *     A |vt - ut|^2 + beta |vt - vRef|^2,   |.|^2 the mean over D.
 *
 * ADRPO-FM without the adaptation. Its curvature in `vt` is A + beta: it has no
 * minimum for a sample with A < -beta, from which the model is pushed away without
 * end.
 *
 * @param inputs `vt`, `ut` and `vRef`, `[..., D]`, and `advantages`, `[...]`, in
 * units of reward.
 * @param options.beta A number, or a tensor that broadcasts against `[...]`; 0 or
 * more.
 * @returns `[...]`; the gradient reaches every input, and in training only `vt`
 * depends on parameters; the caller disposes it.
 * @throws {TypeError} If the shapes do not fit.
 * @throws {RangeError} If `beta` is a negative or non-finite number.
 *
 * @example
 * ```ts
 * import { advantageFlowLoss, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const loss = tf.tidy(() =>
 *   advantageFlowLoss({
 *     vt: tf.tensor2d([[1, 1]]),
 *     ut: tf.tensor2d([[0, 1]]),
 *     vRef: tf.tensor2d([[3, 1]]),
 *     advantages: tf.tensor1d([-0.5]),
 *   }, { beta: 1 })
 * );
 * // -0.5 * (1 + 0) / 2 + 1 * (4 + 0) / 2
 * assertAlmostEquals((await loss.data())[0], 1.75, 1e-6);
 * loss.dispose();
 * ```
 */
export function advantageFlowLoss(
  { advantages, ...velocities }: FlowVelocities & { advantages: Tensor },
  { beta }: { beta: number | Tensor },
): Tensor {
  assertPerEvent({ advantages }, { vt: velocities.vt });
  return twoTerms(velocities, { weight: advantages, beta });
}

/**
 * ADRPO for flow matching, sample by sample:
 *
 *     A |vt - ut|^2 + (beta0 - A) |vt - vRef|^2,   |.|^2 the mean over D.
 *
 * Up to a constant it is regression on a shifted target,
 *
 *     beta0 |vt - (vRef + (A / beta0) (ut - vRef))|^2,
 *
 * so that its curvature in `vt` is beta0 for every sample, good or bad. That holds
 * because both terms take the same A: clip advantages before, once.
 *
 * Paper: Fan et al. (2025, arXiv 2510.18053), the objective of ADRPO for flow
 * matching. Deviates from the paper: unreduced; the mean over D.
 *
 * @param inputs `vt`, `ut` and `vRef`, `[..., D]`, and `advantages`, `[...]`, in
 * units of reward.
 * @param options.beta0 The regularisation of an average sample: a number, or a
 * tensor that broadcasts against `[...]`; 0 or more. Below the largest |A| the
 * target overshoots `ut`.
 * @returns `[...]`; the gradient reaches every input, and in training only `vt`
 * depends on parameters; the caller disposes it.
 * @throws {TypeError} If the shapes do not fit.
 * @throws {RangeError} If `beta0` is a negative or non-finite number.
 *
 * @example
 * ```ts
 * import { adrpoFlowLoss, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const loss = tf.tidy(() =>
 *   adrpoFlowLoss({
 *     vt: tf.tensor2d([[1, 1]]),
 *     ut: tf.tensor2d([[0, 1]]),
 *     vRef: tf.tensor2d([[3, 1]]),
 *     advantages: tf.tensor1d([-0.5]),
 *   }, { beta0: 1 })
 * );
 * // -0.5 * (1 + 0) / 2 + (1 + 0.5) * (4 + 0) / 2
 * assertAlmostEquals((await loss.data())[0], 2.75, 1e-6);
 * loss.dispose();
 * ```
 */
export function adrpoFlowLoss(
  { advantages, ...velocities }: FlowVelocities & { advantages: Tensor },
  { beta0 }: { beta0: number | Tensor },
): Tensor {
  assertPerEvent({ advantages }, { vt: velocities.vt });
  return tf.tidy(() =>
    twoTerms(velocities, {
      weight: advantages,
      beta: adaptiveBeta(advantages, { beta0 }),
    })
  );
}

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
