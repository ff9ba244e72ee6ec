import { type Tensor, tf } from "../tf/backend.ts";
import { assertPositiveInteger } from "../tf/check.ts";
import { silu } from "./activations.ts";
import {
  countMembers,
  initParams,
  type Params,
  type ParamSpec,
} from "./params.ts";
import { type PictureAutoencoder } from "./picture_autoencoder.ts";

type Tensor4D = ReturnType<Tensor["as4D"]>;

/** A convolution: its kernel's side, its channels, its stride. */
type Layer = readonly [
  side: number,
  inputs: number,
  outputs: number,
  stride: number,
];

/** How much smaller than a picture its grid of latents is, along each axis. */
const reduction = 8;

/**
 * A variational autoencoder of color pictures whose latents keep their places, as those
 * of Stable Diffusion do (Rombach et al. 2022, arXiv 2112.10752, section 3.1): a picture
 * of `height * width` pixels has `height / 8 * width / 8` latents of `channels` numbers,
 * row by row. Squares of 2 x 2 become channels, three convolutions with SiLU of widths
 * 32, 64 and 64 follow, two of stride 2; the decoder goes the way back.
 *
 * It is trained on native TensorFlow: TensorFlow.js has no gradient of a convolution on
 * WebAssembly.
 *
 * @param options `height` and `width` of a picture, multiples of 8; `channels`, numbers
 * of a latent.
 * @returns The autoencoder, of pictures `[..., height * width * 3]`; what it decodes is
 * not limited to a range.
 * @throws {RangeError} If a size is not a positive integer, or an edge is no multiple of 8.
 *
 * @example
 * ```ts
 * import { convAutoencoder, disposeParams, keys, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const autoencoder = convAutoencoder({ height: 24, width: 48, channels: 16 });
 * const params = tf.tidy(() => autoencoder.init(keys([0])));
 * const pictures = tf.tidy(() => autoencoder.decode(params, tf.zeros([5, 288])));
 * assertEquals(pictures.shape, [5, 24 * 48 * 3]);
 * disposeParams(params);
 * pictures.dispose();
 * ```
 */
export function convAutoencoder(
  { height, width, channels }: {
    height: number;
    width: number;
    channels: number;
  },
): PictureAutoencoder {
  for (const [name, value] of Object.entries({ height, width, channels })) {
    assertPositiveInteger(name, value);
  }
  for (const [name, edge] of Object.entries({ height, width })) {
    if (edge % reduction !== 0) {
      throw new RangeError(
        `Expected ${name} to be a multiple of ${reduction}, got ${edge}`,
      );
    }
  }
  const grid = [height / reduction, width / reduction] as const;
  const [dim, latent] = [height * width * 3, grid[0] * grid[1] * channels];
  const layers: Record<string, Layer> = {
    encoder0: [3, 12, 32, 1],
    encoder1: [3, 32, 64, 2],
    encoder2: [3, 64, 64, 2],
    encoder3: [1, 64, 2 * channels, 1],
    decoder0: [3, channels, 64, 1],
    decoder1: [3, 64, 4 * 48, 1],
    decoder2: [3, 48, 4 * 32, 1],
    decoder3: [3, 32, 12, 1],
  };
  const specs: Record<string, ParamSpec> = {};
  for (const [name, [side, inputs, outputs]] of Object.entries(layers)) {
    const std = 1 / (side * Math.sqrt(inputs));
    specs[`${name}/kernel`] = { shape: [side, side, inputs, outputs], std };
    specs[`${name}/bias`] = { shape: [outputs], std: 0 };
  }
  const convolve = (params: Params, name: string, x: Tensor): Tensor => {
    const [side, inputs, outputs, stride] = layers[name];
    const kernel = params[`${name}/kernel`].as4D(side, side, inputs, outputs);
    const output = tf.conv2d(x as Tensor4D, kernel, stride, "same");
    return tf.add(output, tf.reshape(params[`${name}/bias`], [outputs]));
  };

  return {
    dim,
    latent,
    init: (keys) => initParams(keys, specs),
    encode(params, x) {
      assertInput("encoder", { params, x, size: dim });
      return tf.tidy(() => {
        const pictures = tf.reshape(x, [-1, height, width, 3]);
        let h = toDepth(pictures);
        for (const layer of ["encoder0", "encoder1", "encoder2"]) {
          h = silu(convolve(params, layer, h));
        }
        const both = convolve(params, "encoder3", h);
        const [mean, logVariance] = tf.split(both, 2, -1)
          .map((part) => tf.reshape(part, [...x.shape.slice(0, -1), latent]));
        return { mean, logVariance };
      });
    },
    decode(params, z) {
      assertInput("decoder", { params, x: z, size: latent });
      return tf.tidy(() => {
        let h: Tensor = tf.reshape(z, [-1, ...grid, channels]);
        h = silu(convolve(params, "decoder0", h));
        h = silu(toSpace(convolve(params, "decoder1", h)));
        h = silu(toSpace(convolve(params, "decoder2", h)));
        const pictures = toSpace(convolve(params, "decoder3", h));
        return tf.reshape(pictures, [...z.shape.slice(0, -1), dim]);
      });
    },
  };
}

/** Squares of 2 x 2 places to channels, `[B, H, W, C]` to `[B, H / 2, W / 2, 4 C]`. */
function toDepth(x: Tensor): Tensor {
  const [, height, width, channels] = x.shape as number[];
  const cut = tf.reshape(x, [-1, height / 2, 2, width / 2, 2 * channels]);
  const ordered = tf.transpose(cut, [0, 1, 3, 2, 4]);
  return tf.reshape(ordered, [-1, height / 2, width / 2, 4 * channels]);
}

/** The way back, `[B, H, W, 4 C]` to `[B, 2 H, 2 W, C]`. */
function toSpace(x: Tensor): Tensor {
  const [, height, width, channels] = x.shape as number[];
  const cut = tf.reshape(x, [-1, height, width, 2, channels / 2]);
  const ordered = tf.transpose(cut, [0, 1, 3, 2, 4]);
  return tf.reshape(ordered, [-1, 2 * height, 2 * width, channels / 4]);
}

function assertInput(
  part: string,
  { params, x, size }: { params: Params; x: Tensor; size: number },
): void {
  if (countMembers(params) !== 1) {
    throw new TypeError(
      `Expected params of 1 member, got ${countMembers(params)}`,
    );
  }
  if (x.shape.at(-1) !== size) {
    throw new TypeError(
      `Expected input of the ${part} of shape [..., ${size}], got [${x.shape}]`,
    );
  }
}
