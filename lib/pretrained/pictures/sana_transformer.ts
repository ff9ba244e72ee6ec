import { silu } from "../../models/activations.ts";
import { type Tensor, tf } from "../../tf/backend.ts";
import { frozenNorm } from "../layers/frozen.ts";
import { geluTanh } from "../layers/gelu.ts";
import { linearShapes, stacked, underEach } from "../layers/named_layers.ts";
import { layerNorm } from "../layers/normalise.ts";
import {
  embed,
  embedderShapes,
  embedNumbers,
  embedPatches,
  fromChannelsLastPatches,
  modulate,
  numberEmbedderShapes,
  patchShapes,
} from "./diffusion_layers.ts";
import {
  anything,
  oneOf,
  positive,
  positiveOrNull,
  readConfig,
  size,
  sizeOrNull,
  widthOfHeads,
} from "./model_config.ts";
import {
  runSanaBlock,
  type SanaBlock,
  sanaBlockShapes,
  sanaRmsEpsilon,
} from "./sana_block.ts";
import {
  assertPatches,
  type VelocityArchitecture,
} from "./velocity_architecture.ts";

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
  sample_size: size(32),
  patch_size: size(1),
  norm_elementwise_affine: oneOf(false, true),
  norm_eps: positive(1e-6),
  interpolation_scale: positiveOrNull(null),
  guidance_embeds: oneOf(false, true),
  guidance_embeds_scale: anything,
  qk_norm: oneOf(null, "rms_norm_across_heads"),
  timestep_scale: positive(1),
};

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
  const width = widthOfHeads(className, c, "cross_attention_dim");
  const patch = c.patch_size;
  const block: SanaBlock = {
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
        Array.from({ length: c.num_layers }, () => sanaBlockShapes(block)),
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
        sanaRmsEpsilon,
      );
      const bias = mask && maskBias(mask);
      const embedded = embedPatches(layers, "patch_embed.proj", latents, patch);
      const { interpolation_scale: interpolation } = c;
      const side = Math.floor(c.sample_size / patch);
      const tokens = interpolation === null ? embedded : tf.add(
        embedded,
        positions(width, { rows, columns }, side / interpolation),
      );
      const [x] = stacked<Tensor[]>(
        c.num_layers,
        [tokens],
        ([x], i) =>
          layers.block(
            `transformer_blocks.${i}`,
            (layers, x, text, modulation, bias) => [
              runSanaBlock(layers, block, {
                ...{ x, text, bias, modulation, rows, columns },
              }),
            ],
            [x, text, modulation],
            bias ? [bias] : [],
          ),
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

/**
 * Sines and cosines of the places of patches, whatever their number from 0 to `side`: of
 * the column in the first half of the features, of the row in the second.
 *
 * @returns `[rows * columns, width]`.
 */
function positions(
  width: number,
  { rows, columns }: { rows: number; columns: number },
  side: number,
): Tensor {
  const quarter = width / 4;
  const along = (place: number, count: number) => {
    const position = Math.fround(place * side / count);
    const angles = Array.from(
      { length: quarter },
      (_, i) => position * 10000 ** (-i / quarter),
    );
    return [...angles.map(Math.sin), ...angles.map(Math.cos)];
  };
  return tf.tensor2d(
    Array.from({ length: rows * columns }, (_, i) => [
      ...along(i % columns, columns),
      ...along(Math.floor(i / columns), rows),
    ]),
  );
}

/** What hides tokens of the text, 0 in the mask, from attention, `[B, 1, 1, T]`. */
function maskBias(mask: Tensor): Tensor {
  const hidden = tf.sub(1, tf.cast(mask, "float32"));
  return tf.expandDims(tf.expandDims(tf.mul(hidden, -10000), 1), 1);
}
