import { silu } from "../../models/activations.ts";
import { type Tensor, tf } from "../../tf/backend.ts";
import { attention, joinHeads, perHead } from "../layers/attention.ts";
import { frozenNorm, withGradient } from "../layers/frozen.ts";
import {
  type Layers,
  linearShapes,
  type Named,
} from "../layers/named_layers.ts";
import { affineNorm, layerNorm } from "../layers/normalise.ts";
import { modulate } from "./diffusion_layers.ts";

type Tensor4D = ReturnType<Tensor["as4D"]>;

/** The sizes of a block of SANA. */
export interface SanaBlock {
  width: number;
  heads: number;
  /** Features of cross-attention. */
  crossWidth: number;
  crossHeads: number;
  /** Half of the channels within the convolutions. */
  hidden: number;
  /** Whether queries, keys and values of self-attention have a bias. */
  bias: boolean;
  /** Whether the norm before the convolutions has a gain and a bias. */
  affine: boolean;
  epsilon: number;
  /** Whether queries and keys are normalised. */
  norm: boolean;
}

/** The epsilon of the norms of captions, queries and keys. */
export const sanaRmsEpsilon = 1e-5;

/** The shapes of {@linkcode runSanaBlock}. */
export function sanaBlockShapes(
  { width, crossWidth, hidden, bias, affine, norm }: SanaBlock,
): Named<number[]> {
  return {
    scale_shift_table: [6, width],
    ...linearShapes("attn1.to_q", width, width, { bias }),
    ...linearShapes("attn1.to_k", width, width, { bias }),
    ...linearShapes("attn1.to_v", width, width, { bias }),
    ...linearShapes("attn1.to_out.0", width, width),
    ...norm && {
      "attn1.norm_q.weight": [width],
      "attn1.norm_k.weight": [width],
      "attn2.norm_q.weight": [crossWidth],
      "attn2.norm_k.weight": [crossWidth],
    },
    ...affine && { "norm2.weight": [width], "norm2.bias": [width] },
    ...linearShapes("attn2.to_q", width, crossWidth),
    ...linearShapes("attn2.to_k", width, crossWidth),
    ...linearShapes("attn2.to_v", width, crossWidth),
    ...linearShapes("attn2.to_out.0", crossWidth, width),
    "ff.conv_inverted.weight": [2 * hidden, width, 1, 1],
    "ff.conv_inverted.bias": [2 * hidden],
    "ff.conv_depth.weight": [2 * hidden, 1, 3, 3],
    "ff.conv_depth.bias": [2 * hidden],
    "ff.conv_point.weight": [width, hidden, 1, 1],
  };
}

/**
 * A block of SANA: linear attention within the picture, attention to the text, gated
 * convolutions (Xie et al. 2024, arXiv 2410.10629, figure 5).
 *
 * @param given Tokens `x` `[B, rows * columns, width]` and `text` `[B, T, width]`, the
 * `bias` of scores where text is hidden, and the `modulation` of the sample, `[B, 6
 * width]`.
 * @returns What becomes of `x`.
 */
export function runSanaBlock(
  layers: Layers,
  block: SanaBlock,
  { x, text, bias, modulation, rows, columns }: {
    x: Tensor;
    text: Tensor;
    bias?: Tensor;
    modulation: Tensor;
    rows: number;
    columns: number;
  },
): Tensor {
  const { width, epsilon, affine } = block;
  const table = tf.expandDims(layers.tensor("scale_shift_table"), 0);
  const [shift, scale, gate, shiftWide, scaleWide, gateWide] = tf.split(
    tf.add(table, tf.reshape(modulation, [-1, 6, width])),
    6,
    1,
  );
  const normal = modulate(layerNorm(x, epsilon), shift, scale);
  let h: Tensor = tf.add(
    x,
    tf.mul(gate, linearAttention(layers.under("attn1"), block, normal)),
  );
  h = tf.add(
    h,
    crossAttention(layers.under("attn2"), block, { h, text, bias }),
  );
  const { tensor } = layers.under("norm2");
  const second = affine
    ? affineNorm(h, { weight: tensor("weight"), bias: tensor("bias") }, epsilon)
    : layerNorm(h, epsilon);
  const wide = gatedConvolutions(
    layers.under("ff"),
    modulate(second, shiftWide, scaleWide),
    { rows, columns },
  );
  return tf.add(h, tf.mul(gateWide, wide));
}

/** Queries, keys and values; the first two normalised over all heads, if at all. */
function project(
  layers: Layers,
  { query, keys }: { query: Tensor; keys: Tensor },
  { heads, norm }: { heads: number; norm: boolean },
): { query: Tensor; key: Tensor; value: Tensor } {
  const normal = (name: string, x: Tensor) =>
    norm ? frozenNorm(x, layers.tensor(`${name}.weight`), sanaRmsEpsilon) : x;
  return {
    query: perHead(normal("norm_q", layers.linear("to_q", query)), heads),
    key: perHead(normal("norm_k", layers.linear("to_k", keys)), heads),
    value: perHead(layers.linear("to_v", keys), heads),
  };
}

/**
 * Attention whose cost is linear in the tokens, with relu features a head:
 * `relu(q) sum relu(k)' v / (relu(q) sum relu(k)' + 1e-15)` (Katharopoulos et al. 2020,
 * arXiv 2006.16236, eq. 5 and 6).
 */
function linearAttention(layers: Layers, block: SanaBlock, x: Tensor): Tensor {
  const { query, key, value } = project(layers, { query: x, keys: x }, block);
  const [q, k] = [tf.relu(query), tf.relu(key)];
  const weighted = tf.matMul(q, tf.matMul(k, value, true, false));
  const weights = tf.sum(tf.mul(q, tf.sum(k, 2, true)), 3, true);
  const mixed = tf.div(weighted, tf.add(weights, 1e-15));
  return layers.linear("to_out.0", joinHeads(mixed));
}

/** Attention of the picture to the text. */
function crossAttention(
  layers: Layers,
  { crossHeads, norm }: SanaBlock,
  { h, text, bias }: { h: Tensor; text: Tensor; bias?: Tensor },
): Tensor {
  const heads = { heads: crossHeads, norm };
  const parts = project(layers, { query: h, keys: text }, heads);
  return layers.linear("to_out.0", attention({ ...parts, bias }));
}

/**
 * `point(a silu(b))` with `[a, b] = depth(silu(inverted(x)))`: convolutions of 1 x 1
 * pixel but for `depth`, of 3 x 3 on each channel by itself.
 */
function gatedConvolutions(
  layers: Layers,
  x: Tensor,
  { rows, columns }: { rows: number; columns: number },
): Tensor {
  const kernel = (name: string) => layers.tensor(`${name}.weight`);
  const pointwise = (name: string, x: Tensor) => {
    const [outputs, inputs] = kernel(name).shape;
    const flat = tf.reshape(kernel(name), [outputs, inputs!]);
    return tf.matMul(tf.reshape(x, [-1, inputs!]), flat, false, true);
  };
  const [batch, tokens, width] = x.shape;
  const inverted = silu(
    tf.add(pointwise("conv_inverted", x), layers.tensor("conv_inverted.bias")),
  );
  const depth = tf.add(
    eachChannel(
      tf.reshape(inverted, [batch, rows, columns, -1]),
      tf.transpose(kernel("conv_depth"), [2, 3, 0, 1]),
    ),
    layers.tensor("conv_depth.bias"),
  );
  const [value, gate] = tf.split(depth, 2, 3);
  const out = pointwise("conv_point", tf.mul(value, silu(gate)));
  return tf.reshape(out, [batch, tokens, width]);
}

/**
 * Convolves each channel by itself, 3 x 3. The gradient is the same with the kernel
 * turned around: WebAssembly has no other.
 *
 * @param x `[B, H, W, C]`.
 * @param kernel `[3, 3, C, 1]`, frozen.
 */
function eachChannel(x: Tensor, kernel: Tensor): Tensor {
  const convolve = (x: Tensor, kernel: Tensor): Tensor =>
    tf.depthwiseConv2d(x as Tensor4D, kernel as Tensor4D, 1, "same");
  return withGradient(([x], save) => {
    save([kernel]);
    return {
      value: convolve(x, kernel),
      gradFunc: (dy, [kernel]) => convolve(dy, tf.reverse(kernel, [0, 1])),
    };
  })(x);
}
