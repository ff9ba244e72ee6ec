import { type Tensor, tf } from "../tf/backend.ts";
import { assertCoefficient, assertPerEvent } from "../tf/check.ts";
import { rewardWeights } from "./advantages.ts";
import { w2Penalty } from "./divergences.ts";
import { flowMatchingLoss } from "./objectives.ts";
import { adaptiveBeta, regularised } from "./regularised.ts";

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
