import { type Mixture } from "../data/mixture.ts";
import {
  decaysOffData,
  modeReward,
  modesAfterFavourite,
} from "./mode_reward.ts";
import { type Reward } from "./reward.ts";

/**
 * Returns the reward with three equally good modes in each context, the first,
 * fourth and sixth after the likeliest, and nothing for the others:
 *
 *     r(x, c) = sum_{k good in c} s_k(x),   s(x) = softmax_k(-|x - means[k]|^2 / (8 std^2)).
 *
 * On the ring mixture the good ones are never neighbours and have 20%, 4% and 10%
 * of the reference's mass. Nothing in the reward asks for one of them alone: mode
 * entropy lost below that of the three is lost for nothing.
 *
 * @param mixture The mixture of the modes.
 * @returns A reward in [0, 1], smooth in x, which decays off the data; see
 * {@linkcode decaysOffData}.
 *
 * @example
 * ```ts
 * import { plateauReward, ringMixture, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const reward = plateauReward(ringMixture());
 * const r = tf.tidy(() =>
 *   reward(tf.tensor2d([[-2, 0], [0, -2], [2, 0]]), tf.zeros([3], "int32"))
 * );
 * const [good, asGood, bad] = await r.data();
 * assertAlmostEquals(good, 1, 2e-3);
 * assertAlmostEquals(asGood, 1, 2e-3);
 * assertAlmostEquals(bad, 0, 2e-3);
 * r.dispose();
 * ```
 */
export function plateauReward(mixture: Mixture): Reward {
  const good = [1, 4, 6].map((steps) => modesAfterFavourite(mixture, steps));
  const values = mixture.weights.map((context, c) =>
    context.map((_, k) => good.some((modes) => modes[c] === k) ? 1 : 0)
  );
  return decaysOffData(mixture, modeReward(mixture, values));
}
