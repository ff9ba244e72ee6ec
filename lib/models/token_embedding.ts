import { type Tensor, tf } from "../tf/backend.ts";
import { type Params } from "./params.ts";

/**
 * Embeds tokens in their places: `E[token] + P`.
 *
 * @param params With `token/embedding` `[M, readable, width]`.
 * @param tokens int32 `[M, N, S]`.
 * @param options `readable`, how many tokens there are, and `positions`, the
 * embeddings P of the places, `[M, 1, S, width]`.
 * @returns `[M, N * S, width]`, which the caller disposes; the gradient reaches
 * `params` and `positions`.
 */
export function embedTokens(
  { "token/embedding": words }: Params,
  tokens: Tensor,
  { readable, positions }: { readable: number; positions: Tensor },
): Tensor {
  const [members, samples, count] = tokens.shape;
  const width = words.shape[2]!;
  return tf.tidy(() => {
    // A product, as its gradient is far cheaper than that of a gather.
    const flat = tf.reshape(tokens, [members, samples * count]);
    const oneHot = tf.cast(tf.oneHot(flat, readable), "float32"); // [M, N*S, readable]
    const embedded = tf.reshape(
      tf.matMul(oneHot, words),
      [members, samples, count, width],
    );
    const h = tf.add(embedded, positions);
    return tf.reshape(h, [members, samples * count, width]);
  });
}
