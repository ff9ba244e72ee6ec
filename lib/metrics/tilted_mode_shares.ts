import { type Tensor, tf } from "../tf/backend.ts";
import { type Mixture } from "../data/mixture.ts";
import { type Reward } from "../rewards/reward.ts";
import { tiltedGrid } from "./tilted_grid.ts";

/**
 * Returns the mode shares that online reward weighting predicts: fitted exactly,
 * without a W2 penalty, n refreshes with weights exp(tau r) give
 *
 *     q_n(x | c) ∝ exp(n tau r(x, c)) q_0(x | c),
 *
 * whose limit is a point mass at the highest reward. It is p_lambda of
 * {@linkcode tiltedFrontier} at lambda = 1 / (n tau).
 *
 * Paper: Fan et al. (ICLR 2025, arXiv 2502.06061), the limiting behaviour of
 * ORW-CFM.
 *
 * @param mixture The start, q_0.
 * @param reward The reward, r.
 * @param nTaus Values of n * tau, one or more, each 0 or more and finite.
 * @returns Shares `[nTaus, C, modes]`, as {@linkcode modeShares} measures them,
 * which the caller disposes.
 * @throws {RangeError} If a value is negative or not finite.
 *
 * @example
 * ```ts
 * import { gradedReward, ringMixture, tf, tiltedModeShares } from "kit";
 * import { assert } from "@std/assert";
 *
 * const mixture = ringMixture();
 * const shares = tiltedModeShares(mixture, gradedReward(mixture), [0, 50]);
 * const [start, end] = await shares.array() as number[][][];
 * assert(start[0][2] < 0.1 && end[0][2] > 0.95);
 * shares.dispose();
 * ```
 */
export function tiltedModeShares(
  mixture: Mixture,
  reward: Reward,
  nTaus: readonly number[],
): Tensor {
  for (const nTau of nTaus) {
    if (!(nTau >= 0 && nTau < Infinity)) {
      throw new RangeError(
        `Expected nTaus to be finite and not negative, got ${nTau}`,
      );
    }
  }
  const cell = mixture.std / 4;
  return tf.tidy(() => tiltedGrid(mixture, reward, nTaus, { cell }).shares);
}
