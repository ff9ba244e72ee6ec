import { silu } from "../../models/activations.ts";
import { type Tensor } from "../../tf/backend.ts";
import {
  type Layers,
  type Named,
  normShapes,
  under,
} from "../layers/named_layers.ts";
import {
  anything,
  numberOrNull,
  oneOf,
  positive,
  readConfig,
  size,
  sizes,
} from "./model_config.ts";
import {
  atBottomRight,
  attend,
  convolutionShapes,
  convolve,
  doubled,
  groupNorm,
  middleShapes,
  residual,
  type Stage,
  stageShapes,
} from "./vae_layers.ts";

const className = "AutoencoderKL";

const fields = {
  in_channels: size(3),
  out_channels: size(3),
  down_block_types: anything,
  up_block_types: anything,
  block_out_channels: sizes([64]),
  layers_per_block: size(1),
  act_fn: oneOf("silu"),
  latent_channels: size(4),
  norm_num_groups: size(32),
  sample_size: anything,
  scaling_factor: positive(0.18215),
  shift_factor: numberOrNull(null),
  latents_mean: oneOf(null),
  latents_std: oneOf(null),
  force_upcast: anything,
  use_quant_conv: oneOf(true, false),
  use_post_quant_conv: oneOf(true, false),
  mid_block_add_attention: oneOf(true, false),
};

/** An autoencoder as a value, for one configuration; pictures are `[B, H, W, C]` within. */
export interface VaeArchitecture {
  /** The shape of every tensor of its checkpoint. */
  shapes: Named<number[]>;
  /** Channels of pictures and of latents. */
  channels: { pictures: number; latents: number };
  /** Pixels of a latent's side. */
  stride: number;
  scalingFactor: number;
  shiftFactor: number;
  /** The mean and the logarithm of the variance of latents, behind each other. */
  encode(layers: Layers, pictures: Tensor): Tensor;
  decode(layers: Layers, latents: Tensor): Tensor;
}

/**
 * The autoencoder of Stable Diffusion 3 and FLUX.1: residual blocks of convolutions at
 * falling, then at rising resolutions, with attention at the lowest (Rombach et al. 2022,
 * arXiv 2112.10752, section 3.1).
 *
 * @param config `config.json` of diffusers.
 * @returns The architecture.
 * @throws {RangeError} If a value is not supported, naming it.
 */
export function pictureVae(config: Record<string, unknown>): VaeArchitecture {
  const c = readConfig(className, config, fields);
  const widths = c.block_out_channels;
  const repeated = (type: string) => widths.map(() => type);
  assertBlocks(
    "down_block_types",
    c.down_block_types,
    repeated("DownEncoderBlock2D"),
  );
  assertBlocks(
    "up_block_types",
    c.up_block_types,
    repeated("UpDecoderBlock2D"),
  );
  const lowest = widths.at(-1)!;
  const attends = c.mid_block_add_attention;
  const downs = widths.map((width, i) => ({
    from: widths[Math.max(i - 1, 0)],
    width,
    count: c.layers_per_block,
    sampler: i < widths.length - 1 ? "downsamplers.0.conv" : undefined,
  }));
  const ups = widths.toReversed().map((width, i, all) => ({
    from: all[Math.max(i - 1, 0)],
    width,
    count: c.layers_per_block + 1,
    sampler: i < widths.length - 1 ? "upsamplers.0.conv" : undefined,
  }));
  const groups = c.norm_num_groups;
  const both = 2 * c.latent_channels;
  const run = (layers: Layers, x: Tensor, name: string, stages: Stage[]) => {
    let h = x;
    for (const [i, { count, sampler }] of stages.entries()) {
      const stage = layers.under(`${name}.${i}`);
      for (let j = 0; j < count; j++) {
        h = residual(stage.under(`resnets.${j}`), h, groups);
      }
      if (sampler) {
        h = name === "down_blocks"
          ? convolve(stage, sampler, atBottomRight(h), { stride: 2 })
          : convolve(stage, sampler, doubled(h));
      }
    }
    return h;
  };
  const middle = (layers: Layers, x: Tensor) => {
    const h = residual(layers.under("resnets.0"), x, groups);
    const mixed = attends ? attend(layers.under("attentions.0"), h, groups) : h;
    return residual(layers.under("resnets.1"), mixed, groups);
  };
  const out = (layers: Layers, x: Tensor) =>
    convolve(
      layers,
      "conv_out",
      silu(groupNorm(layers, "conv_norm_out", x, groups)),
    );
  return {
    channels: { pictures: c.in_channels, latents: c.latent_channels },
    stride: 2 ** (widths.length - 1),
    scalingFactor: c.scaling_factor,
    shiftFactor: c.shift_factor ?? 0,
    shapes: {
      ...under("encoder", {
        ...convolutionShapes("conv_in", c.in_channels, widths[0]),
        ...stageShapes("down_blocks", downs),
        ...middleShapes(lowest, attends),
        ...normShapes("conv_norm_out", lowest),
        ...convolutionShapes("conv_out", lowest, both),
      }),
      ...under("decoder", {
        ...convolutionShapes("conv_in", c.latent_channels, lowest),
        ...middleShapes(lowest, attends),
        ...stageShapes("up_blocks", ups),
        ...normShapes("conv_norm_out", widths[0]),
        ...convolutionShapes("conv_out", widths[0], c.out_channels),
      }),
      ...c.use_quant_conv && convolutionShapes("quant_conv", both, both, 1),
      ...c.use_post_quant_conv &&
        convolutionShapes(
          "post_quant_conv",
          c.latent_channels,
          c.latent_channels,
          1,
        ),
    },
    encode(layers, pictures) {
      const encoder = layers.under("encoder");
      const x = convolve(encoder, "conv_in", pictures);
      const h = run(encoder, x, "down_blocks", downs);
      const moments = out(encoder, middle(encoder.under("mid_block"), h));
      return c.use_quant_conv
        ? convolve(layers, "quant_conv", moments)
        : moments;
    },
    decode(layers, latents) {
      const decoder = layers.under("decoder");
      const z = c.use_post_quant_conv
        ? convolve(layers, "post_quant_conv", latents)
        : latents;
      const x = convolve(decoder, "conv_in", z);
      const h = middle(decoder.under("mid_block"), x);
      return out(decoder, run(decoder, h, "up_blocks", ups));
    },
  };
}

function assertBlocks(name: string, value: unknown, expected: string[]) {
  if (`${value}` !== `${expected}`) {
    throw new RangeError(
      `Cannot read the configuration of ${className}: expected "${name}" to be ${
        JSON.stringify(expected)
      }, a type for each of block_out_channels, got ${JSON.stringify(value)}`,
    );
  }
}
