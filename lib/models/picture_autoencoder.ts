import { type Tensor, tf } from "../tf/backend.ts";
import { assertPositiveInteger } from "../tf/check.ts";
import { silu } from "./activations.ts";
import {
  countMembers,
  initParams,
  type Params,
  type ParamSpec,
} from "./params.ts";

/** A variational autoencoder with learned parameters: pure functions. */
export interface PictureAutoencoder {
  /** Pixels of a picture, D. */
  readonly dim: number;
  /** Numbers of a latent. */
  readonly latent: number;
  /** Draws starting parameters of one member from int32 keys `[1, 2]`. */
  init(keys: Tensor): Params;
  /**
   * Pictures `[..., D]` to the mean and the log variance of their latents,
   * `[..., latent]`; the gradient reaches both inputs.
   */
  encode(params: Params, x: Tensor): { mean: Tensor; logVariance: Tensor };
  /** Latents `[..., latent]` to pictures `[..., D]` in (-1, 1); the gradient reaches both inputs. */
  decode(params: Params, z: Tensor): Tensor;
}

/**
 * An autoencoder that gives pictures a latent space of a few numbers, in which a
 * flow is trained, as Stable Diffusion 3 does (Esser et al. 2024). Encoder and
 * decoder are multilayer perceptrons with two hidden layers of SiLU.
 *
 * Paper: Kingma and Welling (2014, arXiv 1312.6114), section 3; eq. 10 is the
 * objective for it.
 *
 * @param options Pixels `dim`, the size of a `latent`, units of the `hidden` layers.
 * @returns The autoencoder.
 * @throws {RangeError} If a size is not a positive integer.
 *
 * @example
 * ```ts
 * import { disposeParams, keys, pictureAutoencoder, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const autoencoder = pictureAutoencoder({ dim: 784, latent: 32, hidden: 64 });
 * const params = tf.tidy(() => autoencoder.init(keys([0])));
 * const pictures = tf.tidy(() => autoencoder.decode(params, tf.zeros([5, 3, 32])));
 * assertEquals(pictures.shape, [5, 3, 784]);
 * tf.dispose(pictures);
 * disposeParams(params);
 * ```
 */
export function pictureAutoencoder(
  { dim, latent, hidden }: { dim: number; latent: number; hidden: number },
): PictureAutoencoder {
  for (const [name, value] of Object.entries({ dim, latent, hidden })) {
    assertPositiveInteger(name, value);
  }
  const widths = {
    encoder: [dim, hidden, hidden, 2 * latent],
    decoder: [latent, hidden, hidden, dim],
  };
  const specs: Record<string, ParamSpec> = {};
  for (const [part, sizes] of Object.entries(widths)) {
    for (const [i, outputs] of sizes.slice(1).entries()) {
      const std = 1 / Math.sqrt(sizes[i]);
      specs[`${part}${i}/kernel`] = { shape: [sizes[i], outputs], std };
      specs[`${part}${i}/bias`] = { shape: [1, outputs], std: 0 };
    }
  }
  const run = (params: Params, part: "encoder" | "decoder", x: Tensor) => {
    const [inputs, , , outputs] = widths[part];
    assertInput(part, { params, x, inputs });
    const layer = (h: Tensor, i: number) =>
      tf.add(
        tf.matMul(h, tf.squeeze(params[`${part}${i}/kernel`], [0])),
        tf.squeeze(params[`${part}${i}/bias`], [0]),
      );
    const rows = tf.reshape(x, [-1, inputs]);
    const output = layer(silu(layer(silu(layer(rows, 0)), 1)), 2);
    return tf.reshape(output, [...x.shape.slice(0, -1), outputs]);
  };

  return {
    dim,
    latent,
    init: (keys) => initParams(keys, specs),
    encode: (params, x) =>
      tf.tidy(() => {
        const [mean, logVariance] = tf.split(run(params, "encoder", x), 2, -1);
        return { mean, logVariance };
      }),
    decode: (params, z) => tf.tidy(() => tf.tanh(run(params, "decoder", z))),
  };
}

function assertInput(
  part: string,
  { params, x, inputs }: { params: Params; x: Tensor; inputs: number },
): void {
  if (countMembers(params) !== 1) {
    throw new TypeError(
      `Expected params of 1 member, got ${countMembers(params)}`,
    );
  }
  if (x.shape.at(-1) !== inputs) {
    throw new TypeError(
      `Expected input of the ${part} of shape [..., ${inputs}], got [${x.shape}]`,
    );
  }
}
