import { type Tensor, tf } from "../tf/backend.ts";
import { carryNan } from "../tf/carry_nan.ts";
import { assertShares } from "./share_entropy.ts";

/**
 * Returns the part of the modes that are still visited:
 *
 *     coverage = (1 / modes) sum_k [share_k >= threshold].
 *
 * @param shares Shares, `[..., modes]`.
 * @param options.threshold The least share of a visited mode, in (0, 1].
 * @returns Coverages in [0, 1], `[...]`, which the caller disposes.
 * @throws {TypeError} If shares are a scalar.
 * @throws {RangeError} If the threshold is outside (0, 1].
 *
 * @example
 * ```ts
 * import { coverage, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const covered = tf.tidy(() =>
 *   coverage(tf.tensor1d([0.6, 0.39, 0.01, 0]), { threshold: 0.05 })
 * );
 * assertEquals(await covered.array(), 0.5);
 * covered.dispose();
 * ```
 */
export function coverage(
  shares: Tensor,
  { threshold }: { threshold: number },
): Tensor {
  assertShares(shares);
  if (!(threshold > 0 && threshold <= 1)) {
    throw new RangeError(`Expected threshold in (0, 1], got ${threshold}`);
  }
  return tf.tidy(() =>
    carryNan(
      shares,
      tf.mean(tf.cast(tf.greaterEqual(shares, threshold), "float32"), -1),
    )
  );
}
