import { type Tensor, tf } from "../../tf/backend.ts";
import { linearShapes, stacked, underEach } from "../layers/named_layers.ts";
import {
  embedPatches,
  fromChannelsLastPatches,
  modulationShapes,
  normalisedOutput,
  patchShapes,
  timeTextEmbedding,
  timeTextShapes,
} from "./diffusion_layers.ts";
import {
  type JointBlock,
  jointBlock,
  jointBlockShapes,
} from "./joint_block.ts";
import {
  anything,
  indices,
  oneOf,
  readConfig,
  size,
  sizeOrNull,
  widthOfHeads,
} from "./model_config.ts";
import {
  assertPatches,
  type VelocityArchitecture,
} from "./velocity_architecture.ts";

const className = "SD3Transformer2DModel";

const fields = {
  sample_size: anything,
  patch_size: size(2),
  in_channels: size(16),
  num_layers: size(18),
  attention_head_dim: size(64),
  num_attention_heads: size(18),
  joint_attention_dim: size(4096),
  caption_projection_dim: size(1152),
  pooled_projection_dim: size(2048),
  out_channels: sizeOrNull(16),
  pos_embed_max_size: size(96),
  dual_attention_layers: indices([]),
  qk_norm: oneOf(null, "rms_norm"),
};

/**
 * The transformer of Stable Diffusion 3 and 3.5: pictures and text are two streams of
 * tokens with weights of their own, which attend to each other as one (MMDiT; Esser et
 * al. 2024, arXiv 2403.03206, section 4 and figure 2).
 *
 * @param config `config.json` of diffusers.
 * @returns The architecture.
 * @throws {RangeError} If a value is not supported, naming it.
 */
export function sd3Transformer(
  config: Record<string, unknown>,
): VelocityArchitecture {
  const c = readConfig(className, config, fields);
  const width = widthOfHeads(className, c, "caption_projection_dim");
  const patch = c.patch_size;
  const outChannels = c.out_channels ?? c.in_channels;
  const blocks = Array.from({ length: c.num_layers }, (_, i): JointBlock => ({
    width,
    heads: c.num_attention_heads,
    norm: c.qk_norm !== null,
    dual: c.dual_attention_layers.includes(i),
    last: i === c.num_layers - 1,
  }));
  const side = c.pos_embed_max_size;
  return {
    stack: {
      blocks: c.num_layers,
      dual: blocks.filter(({ dual }) => dual).length,
      heads: c.num_attention_heads,
      width,
    },
    timeScale: 1000,
    inputs: {
      hidden_states: { shape: ["B", c.in_channels, "H", "W"] },
      encoder_hidden_states: { shape: ["B", "T", c.joint_attention_dim] },
      pooled_projections: { shape: ["B", c.pooled_projection_dim] },
      timestep: { shape: ["B"], dtypes: ["float32", "int32"] },
    },
    shapes: {
      "pos_embed.pos_embed": [1, side * side, width],
      ...patchShapes("pos_embed.proj", {
        channels: c.in_channels,
        patch,
        width,
      }),
      ...timeTextShapes(width, c.pooled_projection_dim),
      ...linearShapes("context_embedder", c.joint_attention_dim, width),
      ...underEach("transformer_blocks", blocks.map(jointBlockShapes)),
      ...modulationShapes("norm_out", width, 2),
      ...linearShapes("proj_out", width, patch * patch * outChannels),
    },
    velocity(layers, inputs) {
      const { hidden_states: latents } = inputs;
      assertPatches(latents, patch);
      const [rows, columns] = latents.shape.slice(2).map((n) => n / patch);
      const condition = timeTextEmbedding(layers, {
        timestep: inputs.timestep,
        pooled: inputs.pooled_projections,
      });
      const tokens = tf.add(
        embedPatches(layers, "pos_embed.proj", latents, patch),
        croppedPositions(layers.tensor("pos_embed.pos_embed"), rows, columns),
      );
      const caption = layers.linear(
        "context_embedder",
        inputs.encoder_hidden_states,
      );
      const [x] = stacked<[Tensor, Tensor]>(
        blocks.length,
        [tokens, caption],
        ([x, text], i) =>
          jointBlock(layers, `transformer_blocks.${i}`, blocks[i], {
            ...{ x, text, condition },
          }),
      );
      const out = normalisedOutput(layers, x, condition);
      return fromChannelsLastPatches(out, { rows, columns, patch });
    },
  };
}

/** The middle of a square of positions, `[1, side * side, width]`. */
function croppedPositions(all: Tensor, rows: number, columns: number): Tensor {
  const [, count, width] = all.shape;
  const side = Math.sqrt(count!);
  if (rows > side || columns > side) {
    throw new TypeError(
      `Expected hidden_states of at most ${side} x ${side} patches, got ${rows} x ${columns}`,
    );
  }
  const [top, left] = [rows, columns].map((n) => Math.floor((side - n) / 2));
  const square = tf.reshape(all, [side, side, width!]);
  const middle = tf.slice(square, [top, left, 0], [rows, columns, width!]);
  return tf.reshape(middle, [1, rows * columns, width!]);
}
