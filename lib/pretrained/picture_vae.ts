import { silu } from "../models/activations.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { attention, perHead } from "./diffusion_layers.ts";
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
  type Layers,
  linearShapes,
  type Named,
  under,
} from "./named_layers.ts";

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

type Tensor4D = ReturnType<Tensor["as4D"]>;

/** The epsilon of every norm. */
const epsilon = 1e-6;

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

/** Residual blocks of one resolution, and what changes it after them. */
interface Stage {
  from: number;
  width: number;
  count: number;
  sampler?: string;
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

const convolutionShapes = (
  name: string,
  inputs: number,
  outputs: number,
  side = 3,
): Named<number[]> => ({
  [`${name}.weight`]: [outputs, inputs, side, side],
  [`${name}.bias`]: [outputs],
});

const normShapes = (name: string, width: number): Named<number[]> => ({
  [`${name}.weight`]: [width],
  [`${name}.bias`]: [width],
});

const residualShapes = (name: string, from: number, width: number) =>
  under(name, {
    ...normShapes("norm1", from),
    ...convolutionShapes("conv1", from, width),
    ...normShapes("norm2", width),
    ...convolutionShapes("conv2", width, width),
    ...from !== width && convolutionShapes("conv_shortcut", from, width, 1),
  });

function stageShapes(name: string, stages: Stage[]): Named<number[]> {
  const shapes = stages.flatMap(({ from, width, count, sampler }, i) => [
    ...Array.from(
      { length: count },
      (_, j) =>
        residualShapes(`${name}.${i}.resnets.${j}`, j ? width : from, width),
    ),
    sampler ? convolutionShapes(`${name}.${i}.${sampler}`, width, width) : {},
  ]);
  return Object.assign({}, ...shapes);
}

const middleShapes = (width: number, attends: boolean): Named<number[]> =>
  under("mid_block", {
    ...residualShapes("resnets.0", width, width),
    ...residualShapes("resnets.1", width, width),
    ...attends &&
      under("attentions.0", {
        ...normShapes("group_norm", width),
        ...linearShapes("to_q", width, width),
        ...linearShapes("to_k", width, width),
        ...linearShapes("to_v", width, width),
        ...linearShapes("to_out.0", width, width),
      }),
  });

/** A convolution whose result is as large as `x`; with a stride, only where it fits. */
function convolve(
  layers: Layers,
  name: string,
  x: Tensor,
  { stride = 1 } = {},
): Tensor {
  return tf.tidy(() => {
    const kernel = tf.transpose(layers.tensor(`${name}.weight`), [2, 3, 1, 0]);
    return tf.add(
      tf.conv2d(
        x as Tensor4D,
        kernel as Tensor4D,
        stride,
        stride === 1 ? "same" : "valid",
      ),
      layers.tensor(`${name}.bias`),
    );
  });
}

/** A row and a column of zeros below and to the right. */
const atBottomRight = (x: Tensor): Tensor =>
  tf.pad(x, [[0, 0], [0, 1], [0, 1], [0, 0]]);

/** Each pixel four times. */
function doubled(x: Tensor): Tensor {
  const [height, width] = x.shape.slice(1);
  const twice: [number, number] = [2 * height, 2 * width];
  return tf.image.resizeNearestNeighbor(x as Tensor4D, twice);
}

/** Normalises groups of channels of a picture (Wu and He 2018, arXiv 1803.08494, eq. 1). */
function groupNorm(
  layers: Layers,
  name: string,
  x: Tensor,
  groups: number,
): Tensor {
  return tf.tidy(() => {
    const [batch, height, width, channels] = x.shape as number[];
    const parted = tf.reshape(x, [
      ...[batch, height * width, groups, channels / groups],
    ]);
    const mean = (x: Tensor) => tf.mean(x, [1, 3], true);
    const centred = tf.sub(parted, mean(parted));
    const scale = tf.rsqrt(tf.add(mean(tf.square(centred)), epsilon));
    return tf.add(
      tf.mul(
        tf.reshape(tf.mul(centred, scale), x.shape),
        layers.tensor(`${name}.weight`),
      ),
      layers.tensor(`${name}.bias`),
    );
  });
}

function residual(layers: Layers, x: Tensor, groups: number): Tensor {
  return tf.tidy(() => {
    const first = silu(groupNorm(layers, "norm1", x, groups));
    const h = convolve(layers, "conv1", first);
    const second = silu(groupNorm(layers, "norm2", h, groups));
    const same = layers.tensor("conv1.weight").shape[0] === x.shape[3];
    const shortcut = same ? x : convolve(layers, "conv_shortcut", x);
    return tf.add(shortcut, convolve(layers, "conv2", second));
  });
}

/** Attention of all places of a picture to each other, as one head. */
function attend(layers: Layers, x: Tensor, groups: number): Tensor {
  return tf.tidy(() => {
    const [batch, height, width, channels] = x.shape as number[];
    const normal = tf.reshape(groupNorm(layers, "group_norm", x, groups), [
      ...[batch, height * width, channels],
    ]);
    const [query, key, value] = ["to_q", "to_k", "to_v"]
      .map((name) => perHead(layers.linear(name, normal), 1));
    const mixed = attention({ query, key, value });
    return tf.add(x, tf.reshape(layers.linear("to_out.0", mixed), x.shape));
  });
}
