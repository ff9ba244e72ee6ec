import { type Tensor, tf } from "../tf/backend.ts";
import { keys, normal } from "../tf/random.ts";

const projections = 128;
const seed = 0;

/**
 * Returns the sliced 2-Wasserstein distance between two sets of samples:
 *
 *     SW2 = sqrt(mean_l mean_i (sort(x p_l)_i - sort(y p_l)_i)^2)
 *
 * over 128 directions p_l drawn uniformly from the unit sphere, the same ones at
 * every call. A shift by s gives |s| / sqrt(D) up to the draw of directions.
 *
 * Paper: Bonneel et al. (2015), Sliced and Radon Wasserstein barycenters of measures.
 *
 * @param x Samples, `[..., N, D]`.
 * @param y Samples to compare with, of the same shape, or 1 for leading axes that
 * x's members share.
 * @returns Distances `[...]`, in the units of x, which the caller disposes.
 * @throws {TypeError} If the shapes differ otherwise.
 *
 * @example
 * ```ts
 * import { slicedW2, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * // In one dimension every direction is the axis: W2 of {0, 1} and {3, 2} is 2.
 * const w2 = tf.tidy(() =>
 *   slicedW2(tf.tensor3d([[[0], [1]]]), tf.tensor3d([[[3], [2]]]))
 * );
 * assertAlmostEquals((await w2.data())[0], 2, 1e-5);
 * w2.dispose();
 * ```
 */
export function slicedW2(x: Tensor, y: Tensor): Tensor {
  const matches = x.rank >= 2 && x.rank === y.rank &&
    y.shape.every((size, axis) =>
      size === x.shape[axis] || (size === 1 && axis < x.rank - 2)
    );
  if (!matches) {
    throw new TypeError(
      `Expected y of shape [${x.shape}], its leading axes perhaps 1, got [${y.shape}]`,
    );
  }
  return tf.tidy(() => {
    const dim = x.shape[x.rank - 1];
    const draws = tf.reshape(normal(keys([seed]), [dim, projections]), [
      dim,
      projections,
    ]);
    const directions = tf.div(draws, tf.norm(draws, 2, 0, true));
    const gaps = tf.sub(sorted(x, directions), sorted(y, directions));
    return tf.sqrt(tf.mean(tf.square(gaps), [-2, -1]));
  });
}

/** Projections of samples in descending order, `[..., projections, N]`. */
function sorted(x: Tensor, directions: Tensor): Tensor {
  const [dim, directionCount] = directions.shape;
  const leading = x.shape.slice(0, -2);
  const samples = x.shape[x.rank - 2];
  const flat = tf.matMul(tf.reshape(x, [-1, dim]), directions); // [... * N, L]
  const columns = tf.transpose(
    tf.reshape(flat, [-1, samples, directionCount]),
    [0, 2, 1],
  );
  return tf.reshape(tf.topk(columns, samples).values, [
    ...leading,
    directionCount,
    samples,
  ]);
}
