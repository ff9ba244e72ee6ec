import { type Tensor, tf } from "../tf/backend.ts";
import { type Mixture } from "./mixture.ts";

/**
 * Checks points of the plane, and the context of each when given.
 *
 * @param x Points, `[..., N, 2]`.
 * @param c Contexts, int32 `[N]`, shared by the leading axes.
 * @throws {TypeError} If a shape or a dtype differs.
 */
export function assertPoints(x: Tensor, c?: Tensor): void {
  if (x.rank < 2 || x.shape[x.rank - 1] !== 2) {
    throw new TypeError(`Expected x of shape [..., N, 2], got [${x.shape}]`);
  }
  if (c === undefined) return;
  const samples = x.shape[x.rank - 2];
  if (c.dtype !== "int32" || c.rank !== 1 || c.shape[0] !== samples) {
    throw new TypeError(
      `Expected c of int32 [${samples}] for x of shape [${x.shape}], got ${c.dtype} [${c.shape}]`,
    );
  }
}

/**
 * Returns the squared distance of each point to each mode of a mixture.
 *
 * @param mixture The mixture of the modes.
 * @param x Points, `[..., N, 2]`.
 * @returns `[..., N, modes]`, which the caller disposes; the gradient reaches x.
 */
export function squaredModeDistances(
  { means }: Pick<Mixture, "means">,
  x: Tensor,
): Tensor {
  return tf.tidy(() => {
    const centres = tf.tensor2d(means.flat(), [means.length, 2]);
    const offsets = tf.sub(tf.expandDims(x, -2), centres); // [..., N, modes, 2]
    return tf.sum(tf.square(offsets), -1);
  });
}
