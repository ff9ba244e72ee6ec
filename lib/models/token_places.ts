import { type Tensor, tf } from "../tf/backend.ts";

/** What is added to the score of a token that is still to come. */
const hidden = -1e9;

/** Which places of a sequence of L the S tokens at hand take. */
export type Places = {
  /** float32 `[S, L]`: 1 where a token's place is. */
  placed: Tensor;
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
    const places = tf.range(0, length, 1, "int32");
    const own = tf.expandDims(
      tf.add(tf.range(0, tokens, 1, "int32"), read),
      1,
    ); // [S, 1]
    const later = tf.cast(tf.greater(places, own), "float32");
    return {
      placed: tf.cast(tf.equal(places, own), "float32"),
      mask: tf.mul(later, hidden),
    };
  });
}
