import { type Tensor, tf } from "../tf/backend.ts";

/** What is added to the score of a token that is still to come. */
const hidden = -1e9;

/** Which places of a sequence of L the S tokens at hand take. */
export type Places = {
  /** Each token's place, int32 `[S]`; the last place for those beyond it. */
  places: Tensor;
  /** float32 `[S, L]`: 0 for the places up to a token's own, -1e9 after it. */
  mask: Tensor;
};

/**
 * The mask of the first S tokens: {@linkcode Places.mask} with L = S.
 *
 * @returns float32 `[S, S]`, which the caller disposes.
 */
export function causalMask(tokens: number): Tensor {
  const row = Array.from({ length: tokens }, (_, i) => i);
  return tf.tensor2d(row.map((i) => row.map((j) => j <= i ? 0 : hidden)));
}

/**
 * Finds the places of consecutive tokens. No value is read: how many tokens came
 * before may be the round of a loop.
 *
 * @param read How many tokens came before, int32 `[]`.
 * @param sizes `tokens` S and `length` L.
 * @returns The places, which the caller disposes.
 */
export function placesAfter(
  read: Tensor,
  { tokens, length }: { tokens: number; length: number },
): Places {
  return tf.tidy(() => {
    const own = tf.add(tf.range(0, tokens, 1, "int32"), read) as Tensor;
    const later = tf.greater(
      tf.range(0, length, 1, "int32"),
      tf.expandDims(own, 1),
    ); // [S, L]
    return {
      places: tf.minimum(own, tf.scalar(length - 1, "int32")),
      mask: tf.mul(tf.cast(later, "float32"), hidden),
    };
  });
}
