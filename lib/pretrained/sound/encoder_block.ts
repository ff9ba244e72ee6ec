import { type Tensor, tf } from "../../tf/backend.ts";
import { attention, perHead } from "../layers/attention.ts";
import { gelu } from "../layers/gelu.ts";
import { affineNorm } from "../layers/normalise.ts";

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

/** The norm of audio encoders: of epsilon 1e-5, with a gain and a bias. */
export const normed = (x: Tensor, norm: Norm): Tensor =>
  affineNorm(x, norm, normEpsilon);

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
      attend(normed(h, block.attentionNorm), block, { heads, mask }),
    )
  );
  return tf.tidy(() => {
    const up = gelu(linear(normed(middle, block.mlpNorm), block.up));
    return tf.add(middle, linear(up, block.down));
  });
}

function attend(
  x: Tensor,
  { query, key, value, merge }: EncoderBlock,
  { heads, mask }: { heads: number; mask?: Tensor },
): Tensor {
  const project = (projection: Linear) => perHead(linear(x, projection), heads);
  const heard = attention({
    ...{ query: project(query), key: project(key), value: project(value) },
    bias: mask,
  });
  return linear(heard, merge);
}
