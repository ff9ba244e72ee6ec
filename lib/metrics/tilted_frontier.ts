import { tf } from "../tf/backend.ts";
import { type Mixture } from "../data/mixture.ts";
import { type Reward } from "../rewards/reward.ts";
import { exactKl } from "./exact_kl.ts";
import { expectedReward } from "./expected_reward.ts";
import { modeEntropy } from "./mode_entropy.ts";
import { tiltedGrid } from "./tilted_grid.ts";

/** A point of the exact frontier. */
export interface FrontierPoint {
  /** The weight of the KL divergence, in units of reward per nat. */
  lambda: number;
  /** E_p[r]. */
  reward: number;
  /** KL(p | pRef) in nats. */
  kl: number;
  /** Entropy of the mode shares in nats, measured as on samples. */
  modeEntropy: number;
}

/**
 * Returns the best that KL-regularised fine-tuning can do: for each lambda the
 * maximiser of E_p[r] - lambda KL(p | pRef),
 *
 *     p_lambda(x | c) ∝ pRef(x | c) exp(r(x, c) / lambda),
 *
 * tabulated on a grid in place of sampled, each figure averaged over contexts. No
 * policy has more reward at an equal KL. lambda = Infinity is the reference. As
 * lambda falls, p concentrates on the highest rewards; d reward / d kl = lambda
 * all along. Methods anchored by W2 do not target p_lambda, and mode entropy is not
 * what it maximises: there it is a landmark, not a bound.
 *
 * Paper: Rafailov et al. (2023, arXiv 2305.18290), eq. 4, where lambda is beta.
 *
 * @param mixture The reference, pRef.
 * @param reward The reward, r.
 * @param options.lambdas Weights of the KL divergence, each positive.
 * @param options.cell The edge of a cell of the grid; std / 4 when left out.
 * @returns One row for each lambda, in the order given.
 * @throws {RangeError} If a lambda or the cell is not positive.
 *
 * @example
 * ```ts
 * import { gradedReward, ringMixture, tiltedFrontier } from "kit";
 * import { assert, assertAlmostEquals } from "@std/assert";
 *
 * const mixture = ringMixture();
 * const [reference, tilted] = await tiltedFrontier(mixture, gradedReward(mixture), {
 *   lambdas: [Infinity, 0.2],
 * });
 * assertAlmostEquals(reference.reward, 0.4975, 1e-4); // 0.5, less the decay
 * assertAlmostEquals(reference.kl, 0, 1e-5);
 * assert(tilted.reward > 0.8 && tilted.modeEntropy < reference.modeEntropy);
 * ```
 */
export async function tiltedFrontier(
  mixture: Mixture,
  reward: Reward,
  { lambdas, cell = mixture.std / 4 }: {
    lambdas: readonly number[];
    cell?: number;
  },
): Promise<FrontierPoint[]> {
  for (const lambda of lambdas) {
    if (!(lambda > 0)) {
      throw new RangeError(`Expected lambdas to be positive, got ${lambda}`);
    }
  }
  const etas = lambdas.map((lambda) => 1 / lambda);
  const columns = tf.tidy(() => {
    const { rewards, logpRef, logp, shares } = tiltedGrid(
      mixture,
      reward,
      etas,
      { cell },
    );
    const perContext = [
      expectedReward({ logp, rewards }),
      exactKl({ logp, logpRef }),
      modeEntropy(shares),
    ];
    return tf.stack(perContext.map((values) => tf.mean(values, 1)), 1);
  });
  const rows = await columns.array() as number[][];
  columns.dispose();
  return rows.map(([reward, kl, modeEntropy], i) => ({
    lambda: lambdas[i],
    reward,
    kl,
    modeEntropy,
  }));
}
