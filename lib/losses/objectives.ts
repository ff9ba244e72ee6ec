import { type Tensor, tf } from "../tf/backend.ts";
import {
  assertCoefficient,
  assertPositive,
  assertSameEvents,
  assertSameShape,
} from "../tf/check.ts";
import { boundedExp } from "./elementwise.ts";

/**
 * The flow-matching loss, sample by sample:
 *
 *     L = mean_D (vt - ut)^2
 *
 * Paper: Lipman et al. (2023, arXiv 2210.02747), eq. 9; Esser et al. (2024, arXiv
 * 2403.03206), eq. 8. Deviates from the papers: the mean over D in place of the sum,
 * as in the ORW-CFM-W2 authors' code; unreduced over samples.
 *
 * @param velocities `vt`, the model's, and `ut`, the path's, `[..., D]`.
 * @returns `[...]`; the gradient reaches both, and in training only `vt` depends on
 * parameters; the caller disposes it.
 * @throws {TypeError} If the shapes differ, or are empty or scalar.
 *
 * @example
 * ```ts
 * import { flowMatchingLoss, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const loss = tf.tidy(() =>
 *   flowMatchingLoss({ vt: tf.tensor2d([[1, 3]]), ut: tf.tensor2d([[0, 1]]) })
 * );
 * assertEquals(await loss.array(), [2.5]); // (1^2 + 2^2) / 2
 * loss.dispose();
 * ```
 */
export function flowMatchingLoss(
  { vt, ut }: { vt: Tensor; ut: Tensor },
): Tensor {
  assertSameEvents({ vt, ut });
  return tf.tidy(() => tf.mean(tf.square(tf.sub(vt, ut)), -1));
}

/** What {@linkcode clippedSurrogate} compares. */
export type SurrogateInputs = {
  /** Log-probabilities of the drawn tokens under the policy, `[..., T]`, in nats. */
  logp: Tensor;
  /** The same under the policy that drew them, `[..., T]`. */
  logpOld: Tensor;
  /** The advantage of each sequence, `[...]`. */
  advantages: Tensor;
};

/**
 * The clipped policy-gradient loss, to be minimised, token by token:
 *
 *     -min(rho A, clip(rho, 1 - epsilon, 1 + epsilon) A),   rho = exp(logp - logpOld).
 *
 * At rho = 1 its gradient is REINFORCE's, -A grad logp. A token whose ratio has
 * gone far enough the way its advantage pushes gets no gradient. A ratio beyond e^80
 * counts as e^80, as float32's exp overflows at 88.7 nats.
 *
 * Papers: Schulman et al. (2017, arXiv 1707.06347), eq. 7; Shao et al. (2024, arXiv
 * 2402.03300), eq. 3, for one advantage a sequence. Deviates from the papers: the
 * sign, as it is a loss.
 *
 * @param inputs The log-probabilities, in nats, and the advantages.
 * @param options.epsilon How far the ratio counts from 1, positive.
 * @returns `[..., T]`, unreduced; the gradient reaches all inputs, and in training
 * only `logp` depends on parameters; the caller disposes it.
 * @throws {TypeError} If the shapes do not fit.
 * @throws {RangeError} If `epsilon` is not positive and finite.
 *
 * @example
 * ```ts
 * import { clippedSurrogate, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const loss = tf.tidy(() =>
 *   clippedSurrogate({
 *     logp: tf.log(tf.tensor2d([[0.5, 0.3]])),
 *     logpOld: tf.log(tf.tensor2d([[0.25, 0.3]])),
 *     advantages: tf.tensor1d([2]),
 *   }, { epsilon: 0.2 })
 * );
 * const [clipped, kept] = await loss.data();
 * assertAlmostEquals(clipped, -1.2 * 2, 1e-5); // The ratio, 2, counts as 1.2.
 * assertAlmostEquals(kept, -1 * 2, 1e-5);
 * loss.dispose();
 * ```
 */
export function clippedSurrogate(
  { logp, logpOld, advantages }: SurrogateInputs,
  { epsilon }: { epsilon: number },
): Tensor {
  assertSameShape({ logp, logpOld });
  assertPerSequence({ logp, advantages });
  assertPositive("epsilon", epsilon);
  return tf.tidy(() => {
    const advantage = tf.expandDims(advantages, -1); // [..., 1]
    const ratio = boundedExp(tf.sub(logp, logpOld));
    const clipped = tf.clipByValue(ratio, 1 - epsilon, 1 + epsilon);
    return tf.neg(
      tf.minimum(tf.mul(ratio, advantage), tf.mul(clipped, advantage)),
    );
  });
}

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

/** Checks that there is one advantage a sequence: `logp` `[..., T]` for `[...]`. */
function assertPerSequence(
  { logp, advantages }: { logp: Tensor; advantages: Tensor },
): void {
  const sequences = logp.shape.slice(0, -1);
  const fits = logp.rank > 0 && advantages.dtype === "float32" &&
    tf.util.arraysEqual(advantages.shape, sequences);
  if (!fits) {
    throw new TypeError(
      `Expected advantages of type float32 and shape [${sequences}] for logp [${logp.shape}], got ${advantages.dtype} [${advantages.shape}]`,
    );
  }
}
