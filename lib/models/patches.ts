import { type Tensor, tf } from "../tf/backend.ts";

/** How a square picture is cut: `grid * grid` patches of `patch * patch` pixels. */
export interface PatchGrid {
  /** Patches of a side. */
  grid: number;
  /** Pixels of a patch's side. */
  patch: number;
}

/**
 * Cuts pictures into square patches, row by row.
 *
 * @param pictures `[M, N, side * side]`, pixels row by row.
 * @param layout The cut; `grid * patch` is the side.
 * @returns `[M, N * grid * grid, patch * patch]`; the gradient reaches
 * `pictures`; the caller disposes it.
 *
 * @example
 * ```ts
 * import { tf, toPatches } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const picture = tf.range(0, 16).reshape([1, 1, 16]);
 * const patches = tf.tidy(() => toPatches(picture, { grid: 2, patch: 2 }));
 * assertEquals(await patches.array(), [
 *   [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]],
 * ]);
 * tf.dispose([picture, patches]);
 * ```
 */
export function toPatches(
  pictures: Tensor,
  { grid, patch }: PatchGrid,
): Tensor {
  const [members, samples] = pictures.shape;
  return tf.tidy(() => {
    const cut = tf.reshape(pictures, [-1, grid, patch, grid, patch]);
    const ordered = tf.transpose(cut, [0, 1, 3, 2, 4]); // [M*N, grid, grid, patch, patch]
    return tf.reshape(ordered, [members, samples * grid * grid, patch * patch]);
  });
}

/**
 * Puts patches together to pictures: the inverse of {@linkcode toPatches}.
 *
 * @param patches `[M, N * grid * grid, patch * patch]`.
 * @param layout The cut.
 * @returns `[M, N, side * side]`; the gradient reaches `patches`; the caller
 * disposes it.
 */
export function fromPatches(
  patches: Tensor,
  { grid, patch }: PatchGrid,
): Tensor {
  const [members, count] = patches.shape;
  const samples = count / (grid * grid);
  return tf.tidy(() => {
    const cut = tf.reshape(patches, [-1, grid, grid, patch, patch]);
    const ordered = tf.transpose(cut, [0, 1, 3, 2, 4]); // [M*N, grid, patch, grid, patch]
    return tf.reshape(ordered, [members, samples, (grid * patch) ** 2]);
  });
}
