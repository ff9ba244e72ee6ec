import { type Tensor, tf } from "../tf/backend.ts";
import { type Params } from "./params.ts";

/**
 * Embeds tokens and their positions: `E[token] + P[start + t]`.
 *
 * @param params With `token/embedding` `[M, readable, width]` and
 * `position/embedding` `[M, 1, length, width]`.
 * @param tokens int32 `[M, N, S]`.
 * @param options `readable`, how many tokens there are, and `start`, the position
 * of the first.
 * @returns `[M, N * S, width]`, which the caller disposes; the gradient reaches
 * `params`.
 */
export function embedTokens(
  params: Params,
  tokens: Tensor,
  { readable, start }: { readable: number; start: number },
): Tensor {
  const { "token/embedding": words, "position/embedding": positions } = params;
  const [members, samples, count] = tokens.shape;
  const width = words.shape[2]!;
  return tf.tidy(() => {
    // A product, as its gradient is far cheaper than that of a gather.
    const flat = tf.reshape(tokens, [members, samples * count]);
    const oneHot = tf.cast(tf.oneHot(flat, readable), "float32"); // [M, N*S, readable]
    const h = tf.add(
      tf.reshape(tf.matMul(oneHot, words), [members, samples, count, width]),
      tf.slice(positions, [0, 0, start, 0], [members, 1, count, width]),
    );
    return tf.reshape(h, [members, samples * count, width]);
  });
}
