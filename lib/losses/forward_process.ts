import { type Tensor, tf } from "../tf/backend.ts";
import { assertCoefficient, assertPerEvent } from "../tf/check.ts";
import { clippedSurrogate, flowMatchingLoss } from "./objectives.ts";

/** What the losses on the forward process compare, `[..., D]`. */
export type ForwardProcess = {
  /** The model's velocity. */
  vt: Tensor;
  /** The path's. */
  ut: Tensor;
  /** That of the policy that drew the samples. */
  vOld: Tensor;
};

/**
 * DiffusionNFT's contrast of a positive and a negative policy, sample by sample:
 *
 *     (p |vOld + beta d - ut|^2 + (1 - p) |vOld - beta d - ut|^2) / beta,
 *     d = vt - vOld,   |.|^2 the mean over D.
 *
 * A good sample, p = 1, is matched by what vt is; a bad one, p = 0, by the mirror image
 * of vt, so that vt moves away from it. Expanded, with a = 2 p - 1,
 *
 *     beta |d|^2 - 2 a <d, ut - vOld> + const,
 *
 * which is {@linkcode adrpoFlowLoss} with the advantage a, beta0 = beta, and the drawing
 * policy as its reference: one parabola of curvature beta for every sample.
 *
 * Paper: Zheng et al. (2025, DiffusionNFT, arXiv 2509.16117), its objective; the
 * division by beta is that of the authors' code (NVlabs/DiffusionNFT). Deviates from
 * the code: velocities, where it compares predicted samples with an adaptive weight;
 * unreduced.
 *
 * @param velocities `vt`, `ut` and `vOld`, `[..., D]`, and `optimality`, p, `[...]`,
 * from 0 to 1.
 * @param options.beta A number, or a tensor that broadcasts against `[...]`; positive.
 * @returns `[...]`; the gradient reaches every input, and in training only `vt`
 * depends on parameters; the caller disposes it.
 * @throws {TypeError} If the shapes do not fit.
 * @throws {RangeError} If `beta` is a number that is negative or not finite.
 *
 * @example
 * ```ts
 * import { negativeAwareLoss, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const loss = tf.tidy(() =>
 *   negativeAwareLoss({
 *     vt: tf.tensor2d([[1, 0], [1, 0]]),
 *     ut: tf.tensor2d([[2, 0], [2, 0]]),
 *     vOld: tf.tensor2d([[0, 0], [0, 0]]),
 *     optimality: tf.tensor1d([1, 0]),
 *   }, { beta: 1 })
 * );
 * assertEquals(await loss.array(), [(1 - 2) ** 2 / 2, (-1 - 2) ** 2 / 2]);
 * loss.dispose();
 * ```
 */
export function negativeAwareLoss(
  { vt, ut, vOld, optimality }: ForwardProcess & { optimality: Tensor },
  { beta }: { beta: number | Tensor },
): Tensor {
  assertPerEvent({ optimality }, { vt });
  assertCoefficient("beta", beta, optimality.shape);
  return tf.tidy(() => {
    const scale = typeof beta === "number" || beta.rank === 0
      ? beta
      : tf.expandDims(beta, -1);
    const step = tf.mul(scale, tf.sub(vt, vOld));
    const positive = flowMatchingLoss({ vt: tf.add(vOld, step), ut });
    const negative = flowMatchingLoss({ vt: tf.sub(vOld, step), ut });
    const both = tf.add(
      tf.mul(optimality, positive),
      tf.mul(tf.sub(1, optimality), negative),
    );
    return tf.div(both, beta);
  });
}

/**
 * AWM's surrogate: PPO's, with minus the flow-matching loss as the log-likelihood,
 * sample by sample,
 *
 *     -min(rho A, clip(rho, 1 - epsilon, 1 + epsilon) A),
 *     rho = exp(|vOld - ut|^2 - |vt - ut|^2),   |.|^2 the mean over D.
 *
 * At vt = vOld its gradient is that of advantage weighting, `A |vt - ut|^2`; further
 * on, the ratio bounds it: a bad sample is pushed away only as long as rho A counts.
 *
 * Paper: Xue et al. (2025, AWM, arXiv 2509.25050); the ratio and its clip are those of
 * the authors' code (scxue/advantage_weighted_matching). Deviates from the code: all
 * times weigh the same, where its released runs take a power of the loss; unreduced.
 *
 * @param inputs `vt`, `ut` and `vOld`, `[..., D]`, and `advantages`, `[...]`.
 * @param options.epsilon How far the ratio counts from 1, positive.
 * @returns `[...]`; the gradient reaches every input, and in training only `vt`
 * depends on parameters; the caller disposes it.
 * @throws {TypeError} If the shapes do not fit.
 * @throws {RangeError} If `epsilon` is not positive.
 *
 * @example
 * ```ts
 * import { matchingSurrogate, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const loss = tf.tidy(() =>
 *   matchingSurrogate({
 *     vt: tf.tensor2d([[2, 0]]),
 *     ut: tf.tensor2d([[2, 0]]),
 *     vOld: tf.tensor2d([[1, 0]]),
 *     advantages: tf.tensor1d([3]),
 *   }, { epsilon: 1 })
 * );
 * assertAlmostEquals((await loss.data())[0], -3 * Math.exp(0.5), 1e-5);
 * loss.dispose();
 * ```
 */
export function matchingSurrogate(
  { vt, ut, vOld, advantages }: ForwardProcess & { advantages: Tensor },
  { epsilon }: { epsilon: number },
): Tensor {
  assertPerEvent({ advantages }, { vt });
  return tf.tidy(() => {
    const likelihood = (vt: Tensor) =>
      tf.expandDims(tf.neg(flowMatchingLoss({ vt, ut })), -1);
    const surrogate = clippedSurrogate({
      logp: likelihood(vt),
      logpOld: likelihood(vOld),
      advantages,
    }, { epsilon });
    return tf.squeeze(surrogate, [-1]);
  });
}
