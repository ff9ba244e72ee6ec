import { type Tensor, tf } from "../tf/backend.ts";

const rowsAtOnce = 1024;

/**
 * Returns the mean distance of samples to the nearest real datum:
 *
 *     (1 / N) sum_i min_j |x_i - y_j|
 *
 * Large values are samples unlike any datum, 0 is copies of the data. Samples go
 * 1,024 at a time, which bounds the memory to that many rows of distances.
 *
 * @param x Samples, `[..., N, D]`.
 * @param y The data, `[R, D]`.
 * @returns Distances `[...]`, in the units of x, which the caller disposes.
 * @throws {TypeError} If the shapes do not fit.
 *
 * @example
 * ```ts
 * import { nearestDistance, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const distance = tf.tidy(() =>
 *   nearestDistance(tf.tensor2d([[0, 1], [5, 3]]), tf.tensor2d([[0, 0], [5, 0]]))
 * );
 * assertAlmostEquals((await distance.data())[0], (1 + 3) / 2, 1e-6);
 * distance.dispose();
 * ```
 */
export function nearestDistance(x: Tensor, y: Tensor): Tensor {
  const dim = x.shape[x.rank - 1];
  if (x.rank < 2 || y.rank !== 2 || y.shape[1] !== dim || y.shape[0] === 0) {
    throw new TypeError(
      `Expected x of shape [..., N, D] and y of [R, D], got [${x.shape}] and [${y.shape}]`,
    );
  }
  return tf.tidy(() => {
    const rows = tf.reshape(x, [-1, dim]);
    const halfNorms = tf.div(tf.sum(tf.square(y), 1), 2); // [R]
    const parts: Tensor[] = [];
    for (let start = 0; start < rows.shape[0]; start += rowsAtOnce) {
      const size = Math.min(rowsAtOnce, rows.shape[0] - start);
      parts.push(tf.tidy(() => {
        const part = tf.slice(rows, [start, 0], [size, dim]);
        // argmin |x - y|^2 = argmax x y - |y|^2 / 2; the distance itself is
        // then taken by difference, which does not cancel.
        const scores = tf.sub(tf.matMul(part, y, false, true), halfNorms);
        const nearest = tf.gather(y, tf.argMax(scores, 1));
        return tf.norm(tf.sub(part, nearest), 2, 1);
      }));
    }
    return tf.mean(tf.reshape(tf.concat(parts), x.shape.slice(0, -1)), -1);
  });
}
