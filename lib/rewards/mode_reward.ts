import { type Tensor, tf } from "../tf/backend.ts";
import { type Mixture } from "../data/mixture.ts";
import { assertPoints, squaredModeDistances } from "../data/points.ts";
import { type Reward } from "./reward.ts";

/**
 * The reward that pays a value for each mode of a mixture, smooth in x: the
 * expected value of the nearest mode under a soft assignment,
 *
 *     r(x, c) = sum_k s_k(x) values[c][k],   s(x) = softmax_k(-|x - means[k]|^2 / (2 h^2)),   h = 2 std.
 *
 * It is flat inside a mode and rises between modes, and it stays within the range
 * of the values. It does not look at how far x is from every mode: a sample off
 * the data manifold is paid like the mode in whose direction it lies, unless the
 * reward is made to decay there; see {@linkcode decaysOffData}.
 *
 * @param mixture The mixture of the modes.
 * @param values What each mode pays in each context, `[contexts][modes]`.
 * @returns The reward; the gradient reaches x.
 */
export function modeReward(
  mixture: Mixture,
  values: readonly (readonly number[])[],
): Reward {
  const softness = 2 * mixture.std;
  return (x1: Tensor, c: Tensor) => {
    assertPoints(x1, c);
    return tf.tidy(() => {
      const table = tf.tensor2d(values.flat(), [
        values.length,
        mixture.means.length,
      ]);
      const distances = squaredModeDistances(mixture, x1);
      const shares = tf.softmax(tf.mul(distances, -0.5 / softness ** 2));
      return tf.sum(tf.mul(shares, tf.gather(table, c)), -1);
    });
  };
}

/**
 * A reward that decays with the distance d to the nearest mode, so that it cannot be
 * earned off the data:
 *
 *     r(x, c) exp(-max(0, d - 2 std)^2 / (2 (2 std)^2)).
 *
 * Within two standard deviations of a mode nothing changes; half-way between two
 * neighbours of the ring two thirds are left, at its centre nothing.
 *
 * @param mixture The mixture of the modes.
 * @param reward The reward to be made to decay.
 * @returns The reward; the gradient reaches x, and is 0 where x is a mode.
 */
export function decaysOffData(mixture: Mixture, reward: Reward): Reward {
  const near = 2 * mixture.std;
  return (x1, c) =>
    tf.tidy(() => {
      const paid = reward(x1, c);
      const nearest = tf.min(squaredModeDistances(mixture, x1), -1);
      const beyond = tf.sub(tf.sqrt(tf.maximum(nearest, near ** 2)), near);
      const left = tf.exp(tf.mul(tf.square(beyond), -0.5 / near ** 2));
      return tf.mul(paid, left);
    });
}

/**
 * Returns, for each context, the index of the mode `steps` after the context's
 * likeliest one, in the order of the mixture's modes and around its end.
 */
export function modesAfterFavourite(
  { weights }: Mixture,
  steps: number,
): number[] {
  return weights.map((context) =>
    (context.indexOf(Math.max(...context)) + steps) % context.length
  );
}
