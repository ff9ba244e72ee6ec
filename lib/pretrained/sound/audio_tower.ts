import { type Tensor, tf } from "../../tf/backend.ts";
import { type Weights } from "../checkpoints/weights.ts";
import { unread } from "../layers/attention.ts";
import { gelu } from "../layers/gelu.ts";
import { type AudioConfig } from "./audio_config.ts";
import { type EncoderBlock, encoderBlock, type Norm } from "./encoder_block.ts";

/** The weights that Whisper's encoder and Qwen's audio towers share. */
export type AudioTower = {
  conv1: Convolution;
  conv2: Convolution;
  /** `[positions, d]`. */
  positions: Tensor;
  blocks: EncoderBlock[];
  norm: Norm;
};

/** A convolution over time: `filter` `[3, inputs, outputs]`, `bias` `[outputs]`. */
type Convolution = { filter: Tensor; bias: Tensor };

/**
 * Reads the weights of an audio tower.
 *
 * @param weights The checkpoint.
 * @param config The sizes.
 * @param prefix What stands before the names of the tower's tensors.
 * @returns The weights, which the caller disposes.
 * @throws {RangeError} If one is missing or has another shape, naming it.
 */
export async function readAudioTower(
  weights: Weights,
  config: AudioConfig,
  prefix: string,
): Promise<AudioTower> {
  const { mels, width, hidden, depth, positions, type } = config;
  const made: Tensor[] = [];
  const keep = (tensor: Tensor) => (made.push(tensor), tensor);
  const read = async (name: string, ...shape: number[]) =>
    keep(await weights.read(prefix + name, shape));
  const linear = async (name: string, outputs: number, inputs: number) => ({
    weight: await read(`${name}.weight`, outputs, inputs),
    bias: await read(`${name}.bias`, outputs),
  });
  const norm = async (name: string) => ({
    weight: await read(`${name}.weight`, width),
    bias: await read(`${name}.bias`, width),
  });
  const convolution = async (name: string, inputs: number) => {
    const weight = await read(`${name}.weight`, width, inputs, 3);
    const filter = keep(tf.transpose(weight, [2, 1, 0]));
    weight.dispose();
    return { filter, bias: await read(`${name}.bias`, width) };
  };
  try {
    const blocks: EncoderBlock[] = [];
    for (let i = 0; i < depth; i++) {
      const layer = `layers.${i}`;
      const attention = `${layer}.self_attn`;
      blocks.push({
        attentionNorm: await norm(`${attention}_layer_norm`),
        query: await linear(`${attention}.q_proj`, width, width),
        key: { weight: await read(`${attention}.k_proj.weight`, width, width) },
        value: await linear(`${attention}.v_proj`, width, width),
        merge: await linear(`${attention}.out_proj`, width, width),
        mlpNorm: await norm(`${layer}.final_layer_norm`),
        up: await linear(`${layer}.fc1`, hidden, width),
        down: await linear(`${layer}.fc2`, width, hidden),
      });
    }
    const omni = type === "qwen2_5_omni_audio_encoder";
    return {
      conv1: await convolution("conv1", mels),
      conv2: await convolution("conv2", width),
      positions: omni
        ? keep(sinusoids(positions, width))
        : await read("embed_positions.weight", positions, width),
      blocks,
      norm: await norm(omni ? "ln_post" : "layer_norm"),
    };
  } catch (error) {
    tf.dispose(made);
    throw error;
  }
}

/**
 * Finds what stands before the names of an audio tower's tensors, such as
 * `"model.encoder."`.
 *
 * @throws {RangeError} If there is no audio tower.
 */
export function audioPrefix({ path, names }: Weights): string {
  const first = "conv1.weight";
  const found = names.find((name) =>
    name === first || /(^|\.)(encoder|audio_tower)\.conv1\.weight$/.test(name)
  );
  if (found === undefined) {
    throw new RangeError(
      `Cannot read ${path}: expected an audio encoder with a tensor encoder.${first} or audio_tower.${first}`,
    );
  }
  return found.slice(0, -first.length);
}

/**
 * The states of an audio tower before its last norm: two convolutions over time, the
 * second at each other frame, then positions, then the blocks.
 *
 * @param features Log-mel features `[B, mels, T]`, T even.
 * @param tower The weights.
 * @param options `heads`, and `real`, 1 for each frame that counts, `[B, T, 1]`: no
 * state attends to one that begins at another. Where these are `silenced`, the second
 * convolution does not hear them either.
 * @returns `[B, T / 2, d]`; the gradient reaches `features`.
 */
export function audioStates(
  features: Tensor,
  tower: AudioTower,
  { heads, real, silenced = false }: {
    heads: number;
    real?: Tensor;
    silenced?: boolean;
  },
): Tensor {
  const h = tf.tidy(() => {
    const x = tf.transpose(features, [0, 2, 1]);
    const first = gelu(convolve(x, tower.conv1));
    const heard = silenced && real ? tf.mul(first, real) : first;
    return gelu(convolve(heard, tower.conv2, 2));
  });
  const [, places, width] = h.shape as [number, number, number];
  const positions = tf.slice(tower.positions, 0, [places, width]);
  const mask = real && maskOf(real);
  return tower.blocks.reduce(
    (h, block) => encoderBlock(h, block, { heads, mask }),
    tf.add(h, positions) as Tensor,
  );
}

/**
 * Checks that log-mel features fit a tower.
 *
 * @param features The features.
 * @param mels Their mel bands.
 * @param most The most frames.
 * @throws {TypeError} If they do not.
 */
export function assertFeatures(
  features: Tensor,
  mels: number,
  most = Infinity,
): void {
  const [, bands, frames] = features.shape as number[];
  const fits = features.dtype === "float32" && features.rank === 3 &&
    features.size > 0 && bands === mels && frames % 2 === 0 && frames <= most;
  if (!fits) {
    const even = "an even number of frames";
    throw new TypeError(
      `Expected features of type float32 and shape [B, ${mels}, ${
        most < Infinity ? `${even} up to ${most}` : even
      }], got ${features.dtype} [${features.shape}]`,
    );
  }
}

/** Means of two states each, `[B, T, d]` to `[B, floor(T / 2), d]`. */
export function pairMeans(h: Tensor): Tensor {
  const [batch, places, width] = h.shape as [number, number, number];
  const pairs = Math.floor(places / 2);
  const even = tf.slice(h, 0, [batch, 2 * pairs, width]);
  return tf.mean(tf.reshape(even, [batch, pairs, 2, width]), 2);
}

/** A convolution of width 3 over time, `[B, T, C]`, silence before and after it. */
function convolve(
  x: Tensor,
  { filter, bias }: Convolution,
  stride = 1,
): Tensor {
  // A stride of 2 over an even length never reads what is after the end.
  const padded = tf.pad(x, [[0, 0], [1, stride === 1 ? 1 : 0], [0, 0]]);
  const sums = tf.conv1d(padded as never, filter as never, stride, "valid");
  return tf.add(sums, bias);
}

/** What is added to scores so that only real states are attended to, `[B, 1, 1, T / 2]`. */
function maskOf(real: Tensor): Tensor {
  const [batch, frames] = real.shape;
  const states = tf.slice(
    tf.reshape(real, [batch, frames! / 2, 2]),
    0,
    [batch, frames! / 2, 1],
  );
  return tf.reshape(
    tf.mul(tf.sub(1, states), unread),
    [batch, 1, 1, frames! / 2],
  );
}

/** Sines beside cosines of the positions, of wavelengths from 2 pi to 20,000 pi. */
function sinusoids(positions: number, width: number): Tensor {
  const half = width / 2;
  const angle = Array.from({ length: positions * half }, (_, at) => {
    const pair = at % half;
    return Math.floor(at / half) * 10_000 ** (-pair / (half - 1));
  });
  return tf.tidy(() =>
    tf.concat([
      tf.tensor2d(angle.map(Math.sin), [positions, half]),
      tf.tensor2d(angle.map(Math.cos), [positions, half]),
    ], 1)
  );
}
