import { type Tensor, tf } from "../tf/backend.ts";
import { assertSequences } from "./sequence_values.ts";

/**
 * Returns the optima of KL-regularised fine-tuning themselves, as distributions over
 * all completions: for each lambda
 *
 *     p_lambda(y | c) ∝ pRef(y | c) exp(r(y, c) / lambda).
 *
 * Whatever is measured of a policy's log-probabilities can be measured of these. Among
 * answers of one reward p_lambda keeps the odds of the reference at every lambda: it
 * does not collapse there, and it spreads nothing that the reference has not spread.
 *
 * Papers: Rafailov et al. (2023, arXiv 2305.18290), eq. 4; that this optimum may itself
 * have few modes: GX-Chen et al. (2025, arXiv 2510.20817).
 *
 * @param values.logpRef Log-probabilities of all S completions under the reference,
 * `[C, S]`, in nats.
 * @param values.rewards Their rewards, `[C, S]`.
 * @param options.lambdas L weights of the KL divergence, each positive.
 * @returns Log-probabilities `[L, C, S]`, which the caller disposes.
 * @throws {TypeError} If the shapes differ.
 * @throws {RangeError} If a lambda is not positive.
 *
 * @example
 * ```ts
 * import { tf, tiltedSequences } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const p = tf.tidy(() =>
 *   tf.exp(tiltedSequences({
 *     logpRef: tf.log(tf.tensor2d([[0.1, 0.2, 0.7]])),
 *     rewards: tf.tensor2d([[1, 1, 0]]),
 *   }, { lambdas: [0.01] }))
 * );
 * const [rare, common] = await p.data();
 * assertAlmostEquals(common / rare, 2, 1e-4); // as in the reference
 * p.dispose();
 * ```
 */
export function tiltedSequences(
  { logpRef, rewards }: { logpRef: Tensor; rewards: Tensor },
  { lambdas }: { lambdas: readonly number[] },
): Tensor {
  assertSequences({ logp: logpRef, rewards });
  for (const lambda of lambdas) {
    if (!(lambda > 0)) {
      throw new RangeError(`Expected lambdas to be positive, got ${lambda}`);
    }
  }
  return tf.tidy(() => {
    const etas = lambdas.map((lambda) => 1 / lambda);
    const tilts = tf.tensor3d(etas, [etas.length, 1, 1]);
    return tf.logSoftmax(tf.add(logpRef, tf.mul(tilts, rewards)));
  });
}
