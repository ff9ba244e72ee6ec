import { silu } from "../../models/activations.ts";
import { type Tensor, tf } from "../../tf/backend.ts";
import { geluTanh } from "../layers/gelu.ts";
import {
  type Layers,
  linearShapes,
  type Named,
  twoLayers,
  twoLayerShapes,
  under,
} from "../layers/named_layers.ts";
import { layerNorm } from "../layers/normalise.ts";

/** The epsilon of every layer norm of adaptive norms. */
export const adaptiveEpsilon = 1e-6;

/** The features of a time before its first layer. */
const timeFeatures = 256;

/** The names of the two layers of an embedder. */
const embedder = ["linear_1", "linear_2"] as const;

/**
 * The frequencies of time features, `10000^(-i / 128)`, in float32 at every step as
 * diffusers computes them: times of up to 1,000 magnify a difference.
 */
const frequencies: Float32Array = Float32Array.from(
  { length: timeFeatures / 2 },
  (_, i) => {
    const exponent = Math.fround(Math.fround(-Math.log(10000)) * i);
    return Math.exp(Math.fround(exponent / (timeFeatures / 2)));
  },
);

/** Sinusoidal features of numbers `[B]`, cosines first: `[B, 256]`. */
function sinusoidal(times: Tensor): Tensor {
  const angles = tf.mul(tf.expandDims(times, 1), tf.tensor1d(frequencies));
  return tf.concat([tf.cos(angles), tf.sin(angles)], 1);
}

/** The shapes of an embedder of features. */
export function embedderShapes(
  name: string,
  inputs: number,
  width: number,
): Named<number[]> {
  return under(name, twoLayerShapes(embedder, { inputs, width }));
}

/** The shapes of an embedder of numbers, such as times. */
export const numberEmbedderShapes = (
  name: string,
  width: number,
): Named<number[]> => embedderShapes(name, timeFeatures, width);

/** Embeds numbers `[B]`, such as times or guidance scales: `[B, width]`. */
export const embedNumbers = (
  layers: Layers,
  name: string,
  numbers: Tensor,
): Tensor => embed(layers, name, sinusoidal(numbers));

/** Embeds features `[B, ..., inputs]`: `[B, ..., width]`. */
export const embed = (
  layers: Layers,
  name: string,
  features: Tensor,
  activation?: (x: Tensor) => Tensor,
): Tensor => twoLayers(layers.under(name), embedder, features, activation);

/** The conditioning of SD3 and FLUX: of the time, of the text, of guidance if it is there. */
export function timeTextEmbedding(
  layers: Layers,
  { timestep, guidance, pooled }: {
    timestep: Tensor;
    guidance?: Tensor;
    pooled: Tensor;
  },
): Tensor {
  const parts = layers.under("time_text_embed");
  const time = embedNumbers(parts, "timestep_embedder", timestep);
  const scale = guidance &&
    embedNumbers(parts, "guidance_embedder", guidance);
  const text = embed(parts, "text_embedder", pooled);
  return tf.add(scale ? tf.add(time, scale) : time, text);
}

/** The shapes of {@linkcode timeTextEmbedding}. */
export function timeTextShapes(
  width: number,
  pooled: number,
  { guidance = false } = {},
): Named<number[]> {
  return under("time_text_embed", {
    ...numberEmbedderShapes("timestep_embedder", width),
    ...guidance && numberEmbedderShapes("guidance_embedder", width),
    ...embedderShapes("text_embedder", pooled, width),
  });
}

/**
 * What an adaptive norm says of each sample: `linear(silu(condition))` in parts.
 *
 * @param condition `[B, width]`.
 * @param count How many parts.
 * @returns Each `[B, 1, width]`.
 */
export function modulations(
  layers: Layers,
  name: string,
  condition: Tensor,
  count: number,
): Tensor[] {
  const all = layers.linear(`${name}.linear`, silu(condition));
  return tf.split(tf.expandDims(all, 1), count, 2);
}

/** The shapes of {@linkcode modulations}. */
export const modulationShapes = (
  name: string,
  width: number,
  count: number,
): Named<number[]> => linearShapes(`${name}.linear`, width, count * width);

/** `x (1 + scale) + shift`. */
export const modulate = (x: Tensor, shift: Tensor, scale: Tensor): Tensor =>
  tf.add(tf.mul(x, tf.add(scale, 1)), shift);

/** The last norm of SD3 and FLUX, whose scale comes before its shift, and projection. */
export function normalisedOutput(
  layers: Layers,
  x: Tensor,
  condition: Tensor,
): Tensor {
  const [scale, shift] = modulations(layers, "norm_out", condition, 2);
  const h = modulate(layerNorm(x, adaptiveEpsilon), shift, scale);
  return layers.linear("proj_out", h);
}

/** The feed-forward layers of a block: `net.2(gelu(net.0.proj(x)))`. */
export const feedForward = (layers: Layers, name: string, x: Tensor): Tensor =>
  twoLayers(layers.under(`${name}.net`), ["0.proj", "2"], x, geluTanh);

/** The shapes of {@linkcode feedForward}, four times as wide in the middle. */
export const feedForwardShapes = (
  name: string,
  width: number,
): Named<number[]> =>
  under(
    `${name}.net`,
    twoLayerShapes(["0.proj", "2"], {
      inputs: width,
      width: 4 * width,
      outputs: width,
    }),
  );

/**
 * Cuts pictures into patches, row by row.
 *
 * @param x `[B, C, H, W]`.
 * @returns `[B, (H / patch) (W / patch), C * patch * patch]`.
 */
export function patches(x: Tensor, patch: number): Tensor {
  const [batch, channels, height, width] = x.shape;
  const [rows, columns] = [height / patch, width! / patch];
  const cut = tf.reshape(x, [batch, channels, rows, patch, columns, patch]);
  const ordered = tf.transpose(cut, [0, 2, 4, 1, 3, 5]); // [B, rows, columns, C, p, p]
  return tf.reshape(ordered, [
    batch,
    rows * columns,
    channels * patch * patch,
  ]);
}

/** Embeds patches, as a convolution whose stride is its size does: `[B, T, width]`. */
export function embedPatches(
  layers: Layers,
  name: string,
  x: Tensor,
  patch: number,
): Tensor {
  const kernel = layers.tensor(`${name}.weight`); // [width, C, patch, patch]
  const flat = tf.reshape(kernel, [kernel.shape[0], -1]);
  const cut = patches(x, patch);
  const [batch, tokens, size] = cut.shape;
  const rows = tf.matMul(tf.reshape(cut, [-1, size]), flat, false, true);
  const embedded = tf.add(rows, layers.tensor(`${name}.bias`));
  return tf.reshape(embedded, [batch, tokens, -1]);
}

/** The shapes of {@linkcode embedPatches}. */
export const patchShapes = (
  name: string,
  { channels, patch, width }: {
    channels: number;
    patch: number;
    width: number;
  },
): Named<number[]> => ({
  [`${name}.weight`]: [width, channels, patch, patch],
  [`${name}.bias`]: [width],
});

/**
 * Puts patches together to pictures; within a patch, channels come last.
 *
 * @param x `[B, rows * columns, patch * patch * C]`.
 * @returns `[B, C, rows * patch, columns * patch]`.
 */
export function fromChannelsLastPatches(
  x: Tensor,
  { rows, columns, patch }: { rows: number; columns: number; patch: number },
): Tensor {
  const [batch, , size] = x.shape;
  const channels = size! / patch ** 2;
  const cut = tf.reshape(x, [batch, rows, columns, patch, patch, channels]);
  const ordered = tf.transpose(cut, [0, 5, 1, 3, 2, 4]); // [B, C, rows, p, columns, p]
  return tf.reshape(ordered, [batch, channels, rows * patch, columns * patch]);
}
