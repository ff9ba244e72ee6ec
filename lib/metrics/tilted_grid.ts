import { type Tensor, tf } from "../tf/backend.ts";
import { assertPositive } from "../tf/check.ts";
import { type Mixture } from "../data/mixture.ts";
import { mixtureLogDensity } from "../data/mixture_log_density.ts";
import { type Reward, rewardOf } from "../rewards/reward.ts";
import { assignModes } from "./mode_shares.ts";

/** The exponentially tilted reference on a grid of G cells, for L tilts. */
export interface TiltedGrid {
  /** The reward of each cell, `[C, G]`. */
  rewards: Tensor;
  /** Log probability of each cell under the reference, `[C, G]`. */
  logpRef: Tensor;
  /** Log probability of each cell under each tilt, `[L, C, G]`. */
  logp: Tensor;
  /** The share of each mode under each tilt, `[L, C, modes]`. */
  shares: Tensor;
}

/**
 * Tabulates the reference tilted by a reward, exact up to the grid:
 *
 *     p_eta(x | c) = pRef(x | c) exp(eta r(x, c)) / Z(eta, c)
 *
 * The square grid reaches 12 std beyond the outermost mode. Sums over cells of std
 * / 4 are exact to float32 for Gaussians of that std.
 *
 * @param mixture The reference, pRef.
 * @param reward The reward, r.
 * @param etas Inverse temperatures, 0 or more.
 * @param options.cell The edge of a cell.
 * @returns Fresh tensors, which the caller disposes.
 * @throws {RangeError} If a value is out of range.
 */
export function tiltedGrid(
  mixture: Mixture,
  reward: Reward,
  etas: readonly number[],
  { cell }: { cell: number },
): TiltedGrid {
  assertPositive("cell", cell);
  return tf.tidy(() => {
    const x = gridCells(mixture, cell);
    const contexts = mixture.weights.map((_, c) =>
      tf.fill([x.shape[0]], c, "int32")
    );
    const rewards = tf.concat(contexts.map((c) => rewardOf(reward, x, c)));
    const logpRef = logNormalize(
      tf.stack(contexts.map((c) => mixtureLogDensity(mixture, x, c))),
    );
    const tilts = tf.tensor3d([...etas], [etas.length, 1, 1]);
    const logp = logNormalize(tf.add(logpRef, tf.mul(tilts, rewards)));
    const perMode = tf.matMul(
      tf.reshape(tf.exp(logp), [-1, x.shape[0]]), // [L * C, G]
      assignModes(mixture, x),
    );
    const shares = tf.reshape(perMode, [
      etas.length,
      mixture.weights.length,
      -1,
    ]);
    return { rewards, logpRef, logp, shares };
  });
}

/** The middles of the cells of a square around the origin, `[G, 2]`. */
function gridCells({ means, std }: Mixture, cell: number): Tensor {
  const reach = Math.max(...means.flat().map(Math.abs)) + 12 * std;
  const half = Math.ceil(reach / cell);
  const axis = tf.mul(tf.range(-half, half + 1), cell);
  const [x, y] = tf.meshgrid(axis, axis);
  return tf.stack([tf.reshape(x, [-1]), tf.reshape(y, [-1])], 1);
}

const logNormalize = (logits: Tensor) =>
  tf.sub(logits, tf.logSumExp(logits, -1, true));
