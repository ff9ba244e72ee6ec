import { tf } from "../tf/backend.ts";
import { type Mixture } from "../data/mixture.ts";
import { onManifold } from "../data/on_manifold.ts";
import { blindGradedReward, stepsToBest } from "./graded_reward.ts";
import { modesAfterFavourite } from "./mode_reward.ts";
import { type Reward } from "./reward.ts";

/**
 * Returns an imperfect proxy of {@linkcode gradedReward}. It does not decay off the
 * data, and a bump there even pays for leaving them,
 *
 *     r(x, c) = blind(x, c) + exp(-|x - b_c|^2 / (2 w^2)),   w = 2.5 std,
 *
 * with blind the graded reward without its decay, and b_c six std beyond the best mode of the context, seen from the origin. At
 * b_c it pays 2, twice what the best mode does; at that mode's outer edge (one std
 * out) the bump already pays 0.13 and rises, so that a policy finds it.
 *
 * @param mixture The mixture of the modes.
 * @returns A reward in [0, 2], smooth in x.
 *
 * @example
 * ```ts
 * import { hackReward, ringMixture, tf, trueReward } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const mixture = ringMixture();
 * const [x, c] = [tf.tensor2d([[0, 3.2]]), tf.zeros([1], "int32")];
 * const gap = tf.tidy(() =>
 *   tf.sub(hackReward(mixture)(x, c), trueReward(mixture)(x, c))
 * );
 * assertAlmostEquals((await gap.data())[0], 2, 1e-3);
 * tf.dispose([x, c, gap]);
 * ```
 */
export function hackReward(mixture: Mixture): Reward {
  const { means, std } = mixture;
  const graded = blindGradedReward(mixture);
  const bumps = modesAfterFavourite(mixture, stepsToBest).map((best) => {
    const [x, y] = means[best];
    const stretch = 1 + 6 * std / Math.hypot(x, y);
    return [stretch * x, stretch * y];
  });
  const width = 2.5 * std;
  return (x1, c) =>
    tf.tidy(() => {
      const reward = graded(x1, c);
      const centres = tf.gather(tf.tensor2d(bumps), c); // [N, 2]
      const distances = tf.sum(tf.square(tf.sub(x1, centres)), -1);
      return tf.add(reward, tf.exp(tf.mul(distances, -0.5 / width ** 2)));
    });
}

/**
 * Returns what {@linkcode hackReward} stands for: the graded reward, without its
 * decay, of the samples that lie on the data manifold, and nothing for the others,
 *
 *     r(x, c) = blind(x, c) on(x).
 *
 * The mean of proxy - true over the samples of a policy measures its hacking. At
 * the reference it is small (0.013): the bump's tail, and the 1.1% of the data
 * beyond three std.
 *
 * @param mixture The mixture of the modes.
 * @returns A reward in [0, 1], for measuring: it steps down at the manifold's edge.
 *
 * @example
 * ```ts
 * import { ringMixture, tf, trueReward } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const r = tf.tidy(() =>
 *   trueReward(ringMixture())(tf.tensor2d([[0, 3.2]]), tf.zeros([1], "int32"))
 * );
 * assertEquals(await r.array(), [0]);
 * r.dispose();
 * ```
 */
export function trueReward(mixture: Mixture): Reward {
  const graded = blindGradedReward(mixture);
  return (x1, c) =>
    tf.tidy(() => tf.mul(graded(x1, c), onManifold(mixture, x1)));
}
