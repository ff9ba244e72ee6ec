import { type Tensor } from "../tf/backend.ts";
import { assertPerEvent } from "../tf/check.ts";
import { type FlowVelocities, twoTerms } from "./two_terms.ts";

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
