import { type Tensor, tf } from "../tf/backend.ts";
import { assertCoefficient, assertSameShape } from "../tf/check.ts";

/** Log-probabilities of whole sequences, summed over tokens, `[...]`, in nats. */
export type DpoInputs = {
  /** Of the preferred sequences under the policy. */
  chosen: Tensor;
  /** Of the others under the policy. */
  rejected: Tensor;
  /** Of the preferred sequences under the reference. */
  chosenRef: Tensor;
  /** Of the others under the reference. */
  rejectedRef: Tensor;
};

/**
 * Direct preference optimisation, pair by pair:
 *
 *     -log sigmoid(beta ((chosen - chosenRef) - (rejected - rejectedRef))).
 *
 * Its minimum over all policies, for preferences by rewards (Bradley-Terry), is the
 * KL-regularised optimum p ∝ pRef exp(r / beta).
 *
 * Paper: Rafailov et al. (2023, arXiv 2305.18290), eq. 7. Deviates from the paper:
 * unreduced.
 *
 * @param logProbs Summed log-probabilities `[...]`, in nats.
 * @param options.beta A number, or a tensor that broadcasts against `[...]`; 0 or
 * more.
 * @returns `[...]`, unreduced; the gradient reaches all inputs, and in training only
 * `chosen` and `rejected` depend on parameters; the caller disposes it.
 * @throws {TypeError} If the shapes differ.
 * @throws {RangeError} If `beta` is negative.
 *
 * @example
 * ```ts
 * import { dpoLoss, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const loss = tf.tidy(() =>
 *   dpoLoss({
 *     chosen: tf.tensor1d([-4]),
 *     rejected: tf.tensor1d([-6]),
 *     chosenRef: tf.tensor1d([-5]),
 *     rejectedRef: tf.tensor1d([-5]),
 *   }, { beta: 0.5 })
 * );
 * // Margin 0.5 ((-4 + 5) - (-6 + 5)) = 1.
 * assertAlmostEquals((await loss.data())[0], Math.log(1 + Math.exp(-1)), 1e-6);
 * loss.dispose();
 * ```
 */
export function dpoLoss(
  { chosen, rejected, chosenRef, rejectedRef }: DpoInputs,
  { beta }: { beta: number | Tensor },
): Tensor {
  assertSameShape({ chosen, rejected, chosenRef, rejectedRef });
  assertCoefficient("beta", beta, chosen.shape);
  return tf.tidy(() => {
    const margin = tf.sub(
      tf.sub(chosen, chosenRef),
      tf.sub(rejected, rejectedRef),
    );
    return tf.softplus(tf.neg(tf.mul(beta, margin)));
  });
}
