import { type Tensor, tf } from "../tf/backend.ts";
import {
  assertCoefficient,
  assertFloats,
  assertSameShape,
} from "../tf/check.ts";

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
 * {@linkcode adaptiveBeta}. The losses of flows and of tokens are this one with an
 * objective and a divergence of their own.
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
