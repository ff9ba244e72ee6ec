import { type Tensor, tf } from "../tf/backend.ts";
import {
  assertCoefficient,
  assertFloats,
  assertPerEvent,
} from "../tf/check.ts";
import { type FlowVelocities, twoTerms } from "./two_terms.ts";

/**
 * The weights of online reward weighting, sample by sample:
 *
 *     w = exp(tau r)
 *
 * `tau` is an inverse temperature; the authors' code calls it both `temperature`
 * and `beta`.
 *
 * Paper: Fan et al. (2025, arXiv 2502.06061), the exponential weights w(x1).
 * Deviates from the paper: nothing.
 *
 * @param rewards `[...]`.
 * @param options.tau A number, or a tensor that broadcasts against `[...]`; in units
 * of 1 / reward, 0 or more.
 * @returns `[...]`, positive; the gradient reaches both; the caller disposes it.
 * @throws {TypeError} If `tau` does not broadcast against the rewards.
 * @throws {RangeError} If `tau` is a negative or non-finite number.
 *
 * @example
 * ```ts
 * import { rewardWeights, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const weights = rewardWeights(tf.tensor1d([0, 2]), { tau: 0.5 });
 * const [plain, heavy] = await weights.data();
 * assertAlmostEquals(plain, 1, 1e-6);
 * assertAlmostEquals(heavy, Math.E, 1e-5);
 * weights.dispose();
 * ```
 */
export function rewardWeights(
  rewards: Tensor,
  { tau }: { tau: number | Tensor },
): Tensor {
  assertFloats("rewards", rewards);
  assertCoefficient("tau", tau, rewards.shape);
  return tf.tidy(() => tf.exp(tf.mul(tau, rewards)));
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
