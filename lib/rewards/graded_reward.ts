import { type Mixture } from "../data/mixture.ts";
import {
  decaysOffData,
  modeReward,
  modesAfterFavourite,
} from "./mode_reward.ts";
import { type Reward } from "./reward.ts";

/** How many modes after the likeliest one of a context the best one is. */
export const stepsToBest = 2;

/**
 * Returns the reward with graded modes: each pays by its angle to the best mode
 * of the context, which lies two modes after the likeliest,
 *
 *     r(x, c) = n(x) sum_k s_k(x) (1 + cos(theta_k - psi_c)) / 2,   s(x) = softmax_k(-|x - means[k]|^2 / (8 std^2)),
 *
 * with theta_k the angle of mode k and psi_c that of the best one, and n(x) the decay
 * off the data of {@linkcode decaysOffData}. On the ring
 * mixture the modes pay 1, 0.85, 0.5, 0.15 and 0, and the best has 10% of the
 * reference's mass.
 *
 * @param mixture The mixture of the modes.
 * @returns A reward in [0, 1], smooth in x.
 *
 * @example
 * ```ts
 * import { gradedReward, ringMixture, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const mixture = ringMixture();
 * const reward = gradedReward(mixture);
 * const r = tf.tidy(() =>
 *   reward(tf.tensor2d([[0, 2], [0, -2]]), tf.zeros([2], "int32"))
 * );
 * const [best, worst] = await r.data();
 * assertAlmostEquals(best, 1, 1e-3);
 * assertAlmostEquals(worst, 0, 1e-3);
 * r.dispose();
 * ```
 */
export function gradedReward(mixture: Mixture): Reward {
  return decaysOffData(mixture, blindGradedReward(mixture));
}

/** The graded reward of one who cannot tell data from what lies in their direction. */
export function blindGradedReward(mixture: Mixture): Reward {
  const angles = mixture.means.map(([x, y]) => Math.atan2(y, x));
  const values = modesAfterFavourite(mixture, stepsToBest).map((best) =>
    angles.map((angle) => (1 + Math.cos(angle - angles[best])) / 2)
  );
  return modeReward(mixture, values);
}
