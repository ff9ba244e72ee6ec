import { silu } from "../models/activations.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import {
  attention,
  embed,
  embedderShapes,
  embedNumbers,
  embedPatches,
  fromChannelsLastPatches,
  joinHeads,
  modulate,
  numberEmbedderShapes,
  patchShapes,
  perHead,
} from "./diffusion_layers.ts";
import { frozenNorm } from "./frozen.ts";
import {
  type Layers,
  linearShapes,
  type Named,
  stacked,
  underEach,
} from "./named_layers.ts";
import { geluTanh, layerNorm } from "./normalise.ts";
import {
  anything,
  oneOf,
  positive,
  readConfig,
  size,
  sizeOrNull,
} from "./model_config.ts";
import {
  assertPatches,
  type VelocityArchitecture,
} from "./velocity_architecture.ts";

type Tensor4D = ReturnType<Tensor["as4D"]>;

const className = "SanaTransformer2DModel";

const fields = {
  in_channels: size(32),
  out_channels: sizeOrNull(32),
  num_attention_heads: size(70),
  attention_head_dim: size(32),
  num_layers: size(20),
  num_cross_attention_heads: size(20),
  cross_attention_head_dim: size(112),
  cross_attention_dim: size(2240),
  caption_channels: size(2304),
  mlp_ratio: positive(2.5),
  dropout: oneOf(0),
  attention_bias: oneOf(false, true),
  sample_size: anything,
  patch_size: size(1),
  norm_elementwise_affine: oneOf(false, true),
  norm_eps: positive(1e-6),
  interpolation_scale: oneOf(null),
  guidance_embeds: oneOf(false, true),
  guidance_embeds_scale: anything,
  qk_norm: oneOf(null, "rms_norm_across_heads"),
  timestep_scale: positive(1),
};

/** The sizes of a block. */
interface Block {
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
const rmsEpsilon = 1e-5;

/** The epsilon of the last norm. */
const outEpsilon = 1e-6;

/**
 * The transformer of SANA and SANA-1.5: linear attention within the picture, attention
 * to the text, and convolutions in place of a feed-forward layer (Xie et al. 2024,
 * arXiv 2410.10629, section 2.2; queries and keys normalised as in SANA-1.5, arXiv
 * 2501.18427).
 *
 * @param config `config.json` of diffusers.
 * @returns The architecture.
 * @throws {RangeError} If a value is not supported, naming it.
 */
export function sanaTransformer(
  config: Record<string, unknown>,
): VelocityArchitecture {
  const c = readConfig(className, config, fields);
  const width = c.num_attention_heads * c.attention_head_dim;
  if (c.cross_attention_dim !== width) {
    throw new RangeError(
      `Cannot read the configuration of ${className}: expected "cross_attention_dim" to be num_attention_heads * attention_head_dim = ${width}, got ${c.cross_attention_dim}`,
    );
  }
  const patch = c.patch_size;
  const block: Block = {
    width,
    heads: c.num_attention_heads,
    crossWidth: c.num_cross_attention_heads * c.cross_attention_head_dim,
    crossHeads: c.num_cross_attention_heads,
    hidden: Math.floor(c.mlp_ratio * width),
    bias: c.attention_bias,
    affine: c.norm_elementwise_affine,
    epsilon: c.norm_eps,
    norm: c.qk_norm !== null,
  };
  const timeEmbedder = c.guidance_embeds ? "time_embed" : "time_embed.emb";
  return {
    stack: {
      blocks: c.num_layers,
      heads: c.num_cross_attention_heads,
      width,
    },
    timeScale: 1000 * c.timestep_scale,
    inputs: {
      hidden_states: { shape: ["B", c.in_channels, "H", "W"] },
      encoder_hidden_states: { shape: ["B", "T", c.caption_channels] },
      timestep: { shape: ["B"], dtypes: ["float32", "int32"] },
      ...c.guidance_embeds && { guidance: { shape: ["B"] } },
      encoder_attention_mask: {
        shape: ["B", "T"],
        dtypes: ["float32", "int32", "bool"],
        optional: true,
      },
    },
    shapes: {
      scale_shift_table: [2, width],
      ...patchShapes("patch_embed.proj", {
        channels: c.in_channels,
        patch,
        width,
      }),
      ...numberEmbedderShapes(`${timeEmbedder}.timestep_embedder`, width),
      ...c.guidance_embeds &&
        numberEmbedderShapes(`${timeEmbedder}.guidance_embedder`, width),
      ...linearShapes("time_embed.linear", width, 6 * width),
      ...embedderShapes("caption_projection", c.caption_channels, width),
      "caption_norm.weight": [width],
      ...underEach(
        "transformer_blocks",
        Array.from({ length: c.num_layers }, () => blockShapes(block)),
      ),
      ...linearShapes(
        "proj_out",
        width,
        patch * patch * (c.out_channels ?? c.in_channels),
      ),
    },
    velocity(layers, inputs) {
      const { hidden_states: latents, encoder_attention_mask: mask } = inputs;
      assertPatches(latents, patch);
      const [rows, columns] = latents.shape.slice(2).map((n) => n / patch);
      const times = layers.under(timeEmbedder);
      const time = embedNumbers(times, "timestep_embedder", inputs.timestep);
      const condition = inputs.guidance
        ? tf.add(
          time,
          embedNumbers(times, "guidance_embedder", inputs.guidance),
        )
        : time;
      const modulation = layers.linear("time_embed.linear", silu(condition));
      const caption = embed(
        layers,
        "caption_projection",
        inputs.encoder_hidden_states,
        geluTanh,
      );
      const text = frozenNorm(
        caption,
        layers.tensor("caption_norm.weight"),
        rmsEpsilon,
      );
      const bias = mask && maskBias(mask);
      const [x] = stacked<[Tensor]>(
        c.num_layers,
        [embedPatches(layers, "patch_embed.proj", latents, patch)],
        ([x], i) => [layers.block(
          `transformer_blocks.${i}`,
          (layers, x, text, modulation, bias) =>
            runBlock(layers, block, {
              ...{ x, text, bias, modulation, rows, columns },
            }),
          [x, text, modulation],
          bias ? [bias] : [],
        )],
      );
      const table = tf.expandDims(layers.tensor("scale_shift_table"), 0);
      const [shift, scale] = tf.split(
        tf.add(table, tf.expandDims(condition, 1)),
        2,
        1,
      );
      const h = modulate(layerNorm(x, outEpsilon), shift, scale);
      const out = layers.linear("proj_out", h);
      return fromChannelsLastPatches(out, { rows, columns, patch });
    },
  };
}

/** What hides tokens of the text, 0 in the mask, from attention, `[B, 1, 1, T]`. */
function maskBias(mask: Tensor): Tensor {
  const hidden = tf.sub(1, tf.cast(mask, "float32"));
  return tf.expandDims(tf.expandDims(tf.mul(hidden, -10000), 1), 1);
}

function blockShapes(
  { width, crossWidth, hidden, bias, affine, norm }: Block,
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

function runBlock(
  layers: Layers,
  block: Block,
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
  let second = layerNorm(h, epsilon);
  if (affine) {
    second = tf.add(
      tf.mul(second, layers.tensor("norm2.weight")),
      layers.tensor("norm2.bias"),
    );
  }
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
    norm ? frozenNorm(x, layers.tensor(`${name}.weight`), rmsEpsilon) : x;
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
function linearAttention(layers: Layers, block: Block, x: Tensor): Tensor {
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
  { crossHeads, norm }: Block,
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
    tf.depthwiseConv2d(
      tf.reshape(inverted, [batch, rows, columns, -1]) as Tensor4D,
      tf.transpose(kernel("conv_depth"), [2, 3, 0, 1]) as Tensor4D,
      1,
      "same",
    ),
    layers.tensor("conv_depth.bias"),
  );
  const [value, gate] = tf.split(depth, 2, 3);
  const out = pointwise("conv_point", tf.mul(value, silu(gate)));
  return tf.reshape(out, [batch, tokens, width]);
}
