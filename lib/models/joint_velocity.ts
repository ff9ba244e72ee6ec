import { type Tensor, tf } from "../tf/backend.ts";
import { assertPositiveInteger } from "../tf/check.ts";
import { silu } from "./activations.ts";
import { timeFeatureCount, timeFeatures } from "./conditioning.ts";
import { jointBlock, jointBlockSpecs, modulated } from "./joint_block.ts";
import { initParams, type Params, type ParamSpec } from "./params.ts";
import { assertVelocityInputs, type VelocityModel } from "./velocity_model.ts";

/** The size of a transformer over latents and texts, and the texts. */
export interface JointVelocityOptions {
  /** Latents of a picture. */
  places: number;
  /** Numbers of a latent. */
  channels: number;
  /** Features of a token. */
  width: number;
  /** The number of blocks. */
  depth: number;
  /** Attention heads; divides `width`. */
  heads: number;
  /** What a frozen encoder made of the text of each context, `[C, T, E]`; it stays. */
  texts: Tensor;
}

/** A velocity model that can also be asked without a text. */
export interface CaptionedVelocity extends VelocityModel {
  /** The context that stands for no text: it comes after all others. */
  readonly noText: number;
}

/**
 * The velocity of pictures in a latent space given a text: a miniature of the transformer
 * of Stable Diffusion 3 (MM-DiT: Esser et al. 2024, arXiv 2403.03206, section 4). Tokens
 * of the picture and of the text go through blocks with weights of their own, attend to
 * each other as one sequence, and are modulated by the time and by the mean of the text.
 * No text is a text of zeros.
 *
 * It starts at a velocity of zero. Deviates from the paper: see {@linkcode jointBlock};
 * learned positions; the mean of the tokens in place of CLIP's pooled text.
 *
 * @param options The size of the network, and the texts.
 * @returns The model; an event is `places * channels` numbers, place by place.
 * @throws {RangeError} If a size is not a positive integer, or `heads` does not divide
 * `width`.
 * @throws {TypeError} If `texts` is not of rank 3.
 *
 * @example
 * ```ts
 * import { disposeParams, jointVelocity, keys, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const texts = tf.randomNormal([4, 10, 384]); // of an encoder, four captions
 * const model = jointVelocity({
 *   ...{ places: 18, channels: 16, width: 32, depth: 2, heads: 2, texts },
 * });
 * const params = tf.tidy(() => model.init(keys([1, 2])));
 * const vt = tf.tidy(() =>
 *   model.velocity(params, tf.zeros([2, 3, 288]), tf.scalar(0), tf.zeros([3], "int32"))
 * );
 * assertEquals(vt.shape, [2, 3, 288]);
 * disposeParams(params);
 * tf.dispose([texts, vt]);
 * ```
 */
export function jointVelocity(
  { texts, ...sizes }: JointVelocityOptions,
): CaptionedVelocity {
  for (const [name, value] of Object.entries(sizes)) {
    assertPositiveInteger(name, value);
  }
  const { places, channels, width, depth, heads } = sizes;
  if (width % heads !== 0) {
    throw new RangeError(
      `Expected heads to divide width, got ${heads} and ${width}`,
    );
  }
  if (texts.rank !== 3) {
    throw new TypeError(
      `Expected texts of shape [C, T, E], got [${texts.shape}]`,
    );
  }
  const [contexts, words, features] = texts.shape as [number, number, number];
  const dim = places * channels;
  const kernel = (inputs: number, outputs: number): ParamSpec => ({
    shape: [inputs, outputs],
    std: 1 / Math.sqrt(inputs),
  });
  const blocks = Array.from({ length: depth }, (_, i) => ({
    name: `block${i + 1}`,
    size: { width, heads, last: i === depth - 1 },
  }));
  const specs: Record<string, ParamSpec> = {
    "picture/kernel": kernel(channels, width),
    "picture/position": { shape: [1, places, width], std: 0.5 },
    "text/kernel": kernel(features, width),
    "text/position": { shape: [1, words, width], std: 0.5 },
    "time/kernel": kernel(timeFeatureCount, width),
    "condition/text": kernel(features, width),
    "condition/kernel": kernel(width, width),
    ...Object.assign(
      {},
      ...blocks.map(({ name, size }) => jointBlockSpecs(name, size)),
    ),
    "output/modulate": { shape: [width, 2 * width], std: 0 },
    "output/kernel": { shape: [width, channels], std: 0 },
  };

  return {
    dim,
    contexts,
    noText: contexts,
    init: (keys) => initParams(keys, specs),
    velocity(params, xt, t, c) {
      assertVelocityInputs(dim, { params, xt, t, c });
      const [members, samples] = xt.shape as number[];
      return tf.tidy(() => {
        const none = tf.zeros([1, words, features]);
        const given = tf.gather(tf.concat([texts, none]), c); // [N, T, E]
        const h = tf.reshape(xt, [members, samples * places, channels]);
        const grid = [members, samples, places, width];
        let tokens = {
          picture: tf.add(
            tf.reshape(tf.matMul(h, params["picture/kernel"]), grid),
            params["picture/position"],
          ) as Tensor,
          text: tf.add(
            shared(given, params["text/kernel"]),
            params["text/position"],
          ) as Tensor,
        };
        const condition = conditionOf(params, t, tf.mean(given, 1));
        for (const { name, size } of blocks) {
          tokens = jointBlock(params, name, { ...tokens, condition }, size);
        }
        const [shift, scale] = tf.split(
          tf.expandDims(tf.matMul(condition, params["output/modulate"]), 2),
          2,
          -1,
        );
        const out = tf.reshape(modulated(tokens.picture, shift, scale), [
          members,
          samples * places,
          width,
        ]);
        return tf.reshape(tf.matMul(out, params["output/kernel"]), xt.shape);
      });
    },
  };
}

/** What each sample is conditioned on, its time and its whole text, `[M, N, width]`. */
function conditionOf(params: Params, t: Tensor, text: Tensor): Tensor {
  const kernel = params["time/kernel"];
  const [members] = kernel.shape;
  const features = t.rank > 0
    ? timeFeatures(t)
    : tf.tile(tf.reshape(timeFeatures(t), [1, 1, -1]), [members, 1, 1]);
  const time = tf.matMul(features, kernel); // [M, N, width] or [M, 1, width]
  const both = silu(tf.add(time, shared(text, params["condition/text"])));
  return silu(tf.matMul(both, params["condition/kernel"]));
}

/**
 * A linear layer of each member on what all members are given: one product.
 *
 * @param x `[..., E]`, without members.
 * @param kernel `[M, E, width]`.
 * @returns `[M, ..., width]`.
 */
function shared(x: Tensor, kernel: Tensor): Tensor {
  const [members, features, width] = kernel.shape as number[];
  const beside = tf.reshape(tf.transpose(kernel, [1, 0, 2]), [features, -1]);
  const products = tf.matMul(tf.reshape(x, [-1, features]), beside);
  const parted = tf.reshape(products, [-1, members, width]);
  return tf.reshape(tf.transpose(parted, [1, 0, 2]), [
    members,
    ...x.shape.slice(0, -1),
    width,
  ]);
}
