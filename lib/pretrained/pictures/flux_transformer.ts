import { type Tensor, tf } from "../../tf/backend.ts";
import { attention } from "../layers/attention.ts";
import { geluTanh } from "../layers/gelu.ts";
import {
  type Layers,
  linearShapes,
  type Named,
  stacked,
  underEach,
} from "../layers/named_layers.ts";
import { layerNorm } from "../layers/normalise.ts";
import {
  adaptiveEpsilon,
  modulate,
  modulations,
  modulationShapes,
  normalisedOutput,
  timeTextEmbedding,
  timeTextShapes,
} from "./diffusion_layers.ts";
import {
  type JointBlock,
  jointBlock,
  jointBlockShapes,
  own,
  project,
  type Rotate,
} from "./joint_block.ts";
import {
  indices,
  oneOf,
  readConfig,
  size,
  sizeOrNull,
} from "./model_config.ts";
import { type VelocityArchitecture } from "./velocity_architecture.ts";

const className = "FluxTransformer2DModel";

const fields = {
  patch_size: oneOf(1),
  in_channels: size(64),
  out_channels: sizeOrNull(null),
  num_layers: size(19),
  num_single_layers: size(38),
  attention_head_dim: size(128),
  num_attention_heads: size(24),
  joint_attention_dim: size(4096),
  pooled_projection_dim: size(768),
  guidance_embeds: oneOf(false, true),
  axes_dims_rope: indices([16, 56, 56]),
};

/** The base of the rotations' frequencies. */
const theta = 10000;

/** `timestep` and `guidance` are multiplied by this first. */
const inputScale = 1000;

/**
 * The transformer of FLUX.1: blocks of two streams as in SD3, then blocks of one stream
 * of text and picture, whose attention and feed-forward layers run side by side; tokens
 * are rotated by their positions (Black Forest Labs 2024; diffusers'
 * `FluxTransformer2DModel`).
 *
 * @param config `config.json` of diffusers.
 * @returns The architecture.
 * @throws {RangeError} If a value is not supported, naming it.
 */
export function fluxTransformer(
  config: Record<string, unknown>,
): VelocityArchitecture {
  const c = readConfig(className, config, fields);
  const width = c.num_attention_heads * c.attention_head_dim;
  const axes = c.axes_dims_rope;
  const turned = axes.reduce((sum, size) => sum + size, 0);
  if (turned !== c.attention_head_dim || axes.some((size) => size % 2 > 0)) {
    throw new RangeError(
      `Cannot read the configuration of ${className}: expected "axes_dims_rope" of even numbers whose sum is attention_head_dim = ${c.attention_head_dim}, got [${axes}]`,
    );
  }
  const joint: JointBlock = {
    width,
    heads: c.num_attention_heads,
    norm: true,
    dual: false,
    last: false,
  };
  const outChannels = c.out_channels ?? c.in_channels;
  const numbers = ["float32", "int32"];
  return {
    stack: {
      blocks: c.num_layers + c.num_single_layers,
      heads: c.num_attention_heads,
      width,
    },
    timeScale: 1,
    inputs: {
      hidden_states: { shape: ["B", "S", c.in_channels] },
      encoder_hidden_states: { shape: ["B", "T", c.joint_attention_dim] },
      pooled_projections: { shape: ["B", c.pooled_projection_dim] },
      timestep: { shape: ["B"] },
      img_ids: { shape: ["S", axes.length], dtypes: numbers },
      txt_ids: { shape: ["T", axes.length], dtypes: numbers },
      ...c.guidance_embeds && { guidance: { shape: ["B"] } },
    },
    shapes: {
      ...timeTextShapes(width, c.pooled_projection_dim, {
        guidance: c.guidance_embeds,
      }),
      ...linearShapes("context_embedder", c.joint_attention_dim, width),
      ...linearShapes("x_embedder", c.in_channels, width),
      ...underEach(
        "transformer_blocks",
        Array.from({ length: c.num_layers }, () => jointBlockShapes(joint)),
      ),
      ...underEach(
        "single_transformer_blocks",
        Array.from(
          { length: c.num_single_layers },
          () => singleBlockShapes(joint),
        ),
      ),
      ...modulationShapes("norm_out", width, 2),
      ...linearShapes("proj_out", width, outChannels),
    },
    velocity(layers, inputs) {
      const { encoder_hidden_states, img_ids, txt_ids, guidance } = inputs;
      const condition = timeTextEmbedding(layers, {
        timestep: tf.mul(inputs.timestep, inputScale),
        guidance: guidance && tf.mul(guidance, inputScale),
        pooled: inputs.pooled_projections,
      });
      const [ofPicture, ofText] = [img_ids, txt_ids]
        .map((ids): Tensor => tf.cast(ids, "float32"));
      const turn = (ids: Tensor) => rotation(ids, axes);
      const positions = { x: ofPicture, text: ofText, rotation: turn };
      const [x, text] = stacked<[Tensor, Tensor]>(
        c.num_layers,
        [
          layers.linear("x_embedder", inputs.hidden_states),
          layers.linear("context_embedder", encoder_hidden_states),
        ],
        ([x, text], i) => {
          const name = `transformer_blocks.${i}`;
          const streams = { x, text, condition };
          return jointBlock(layers, name, joint, streams, positions);
        },
      );
      const ids = tf.concat([ofText, ofPicture], 0);
      const [both] = stacked<Tensor[]>(
        c.num_single_layers,
        [tf.concat([text, x], 1)],
        ([x], i) =>
          layers.block(
            `single_transformer_blocks.${i}`,
            (layers, x, condition, ids) => [
              runSingleBlock(layers, joint, { x, condition }, turn(ids)),
            ],
            [x, condition],
            [ids],
          ),
      );
      const tokens = [text, x].map((stream) => stream.shape[1]!);
      const [, picture] = tf.split(both, tokens, 1);
      return normalisedOutput(layers, picture, condition);
    },
  };
}

function singleBlockShapes({ width, heads }: JointBlock): Named<number[]> {
  const size = width / heads;
  return {
    ...modulationShapes("norm", width, 3),
    ...linearShapes("proj_mlp", width, 4 * width),
    ...linearShapes("proj_out", 5 * width, width),
    ...linearShapes("attn.to_q", width, width),
    ...linearShapes("attn.to_k", width, width),
    ...linearShapes("attn.to_v", width, width),
    "attn.norm_q.weight": [size],
    "attn.norm_k.weight": [size],
  };
}

/** `x + gate proj_out([attention, gelu(proj_mlp)])`, both of the same normalised x. */
function runSingleBlock(
  layers: Layers,
  block: JointBlock,
  { x, condition }: { x: Tensor; condition: Tensor },
  rotate: Rotate,
): Tensor {
  const [shift, scale, gate] = modulations(layers, "norm", condition, 3);
  const normal = modulate(layerNorm(x, adaptiveEpsilon), shift, scale);
  const attended = attention(
    project(layers.under("attn"), normal, own, block, rotate),
  );
  const wide = geluTanh(layers.linear("proj_mlp", normal));
  const merged = layers.linear("proj_out", tf.concat([attended, wide], 2));
  return tf.add(x, tf.mul(gate, merged));
}

/**
 * Rotates neighbouring pairs of features by angles that grow with the token's position
 * (RoPE; Su et al. 2021, arXiv 2104.09864, eq. 34): each axis of the position turns
 * features of its own.
 *
 * @param ids Positions, `[S, axes]`.
 * @param axes The features of each axis.
 * @returns A function of `[B, heads, S, size]`.
 */
function rotation(ids: Tensor, axes: readonly number[]): Rotate {
  const size = axes.reduce((sum, count) => sum + count, 0);
  // [axes, size]: the frequency of each feature, in the row of its axis.
  const frequencies = axes.map((_, row) =>
    axes.flatMap((count, axis) =>
      Array.from(
        { length: count },
        (_, i) => axis === row ? theta ** (-(i - i % 2) / count) : 0,
      )
    )
  );
  const angles = tf.matMul(ids, tf.tensor2d(frequencies));
  const [cos, sin] = [tf.cos(angles), tf.sin(angles)];
  // (x0, x1, ...) to (-x1, x0, ...), as a product.
  const quarterTurn = tf.tensor2d(
    Array.from(
      { length: size },
      (_, from) =>
        Array.from(
          { length: size },
          (_, to) => from === (to ^ 1) ? (to % 2 === 0 ? -1 : 1) : 0,
        ),
    ),
  );
  return (x) => {
    const flat = tf.reshape(x, [-1, size]);
    const turned = tf.reshape(tf.matMul(flat, quarterTurn), x.shape);
    return tf.add(tf.mul(x, cos), tf.mul(turned, sin));
  };
}
