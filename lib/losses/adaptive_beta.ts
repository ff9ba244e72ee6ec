import { type Tensor, tf } from "../tf/backend.ts";
import { assertCoefficient, assertFloats } from "../tf/check.ts";

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
