import { type Tensor, tf } from "../../tf/backend.ts";

const normEpsilon = 1e-5;

/** A linear layer as PyTorch keeps it: `weight` `[outputs, inputs]` and `bias` `[outputs]`. */
export type Linear = { weight: Tensor; bias?: Tensor };

/** The weights of a block. */
export type EncoderBlock = {
  attentionNorm: Norm;
  query: Linear;
  key: Linear;
  value: Linear;
  merge: Linear;
  mlpNorm: Norm;
  up: Linear;
  down: Linear;
};

/** The weights of a layer norm, `[D]` each. */
export type Norm = { weight: Tensor; bias: Tensor };

/** `x weight' + bias`, `[..., inputs]` to `[..., outputs]`. */
export function linear(x: Tensor, { weight, bias }: Linear): Tensor {
  const [outputs, inputs] = weight.shape as [number, number];
  const rows = tf.matMul(tf.reshape(x, [-1, inputs]), weight, false, true);
  const shifted = bias ? tf.add(rows, bias) : rows;
  return tf.reshape(shifted, [...x.shape.slice(0, -1), outputs]);
}

/**
 * Layer normalisation over the last axis, `(x - mean) / sqrt(variance + 1e-5) gain +
 * bias` (Ba et al. 2016, arXiv 1607.06450, eq. 4).
 */
export function layerNorm(x: Tensor, { weight, bias }: Norm): Tensor {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centred), -1, true);
  const unit = tf.mul(centred, tf.rsqrt(tf.add(variance, normEpsilon)));
  return tf.add(tf.mul(unit, weight), bias);
}

/** The exact GELU, `x Phi(x)` (Hendrycks and Gimpel 2016, arXiv 1606.08415, eq. 1). */
export function gelu(x: Tensor): Tensor {
  const phi = tf.mul(0.5, tf.add(1, tf.erf(tf.mul(x, Math.SQRT1_2))));
  return tf.mul(x, phi);
}

/**
 * A pre-norm transformer block with biases, as Whisper's encoder has them:
 * `h += attention(norm(h))`, `h += down gelu(up norm(h))`.
 *
 * @param h `[B, T, D]`.
 * @param block The weights.
 * @param options `heads`, and `mask`, what is added to the score of each place, which
 * broadcasts against `[B, heads, T, T]`.
 * @returns `[B, T, D]`; the gradient reaches `h` and the weights.
 */
export function encoderBlock(
  h: Tensor,
  block: EncoderBlock,
  { heads, mask }: { heads: number; mask?: Tensor },
): Tensor {
  // Scores are large: what a part makes on its way goes as it ends.
  const middle = tf.tidy(() =>
    tf.add(
      h,
      attention(layerNorm(h, block.attentionNorm), block, { heads, mask }),
    )
  );
  return tf.tidy(() => {
    const up = gelu(linear(layerNorm(middle, block.mlpNorm), block.up));
    return tf.add(middle, linear(up, block.down));
  });
}

function attention(
  x: Tensor,
  { query, key, value, merge }: EncoderBlock,
  { heads, mask }: { heads: number; mask?: Tensor },
): Tensor {
  const [batch, places, width] = x.shape as [number, number, number];
  const size = width / heads;
  const perHead = (projection: Linear) =>
    tf.transpose(
      tf.reshape(linear(x, projection), [batch, places, heads, size]),
      [0, 2, 1, 3], // [B, heads, T, size]
    );
  const asked = tf.div(perHead(query), Math.sqrt(size));
  const scores = tf.matMul(asked, perHead(key), false, true); // [B, heads, T, T]
  const weights = tf.softmax(mask ? tf.add(scores, mask) : scores);
  const heard = tf.transpose(tf.matMul(weights, perHead(value)), [0, 2, 1, 3]);
  return linear(tf.reshape(heard, x.shape), merge);
}
