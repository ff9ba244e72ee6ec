import { type Tensor, tf } from "../../tf/backend.ts";
import { readTensors } from "../checkpoints/read_tensors.ts";
import { type Weights } from "../checkpoints/weights.ts";
import { type AudioLanguageConfig } from "./audio_language_config.ts";
import {
  audioPrefix,
  audioStates,
  type AudioTower,
  pairMeans,
  readAudioTower,
} from "./audio_tower.ts";
import { type Linear, linear, normed } from "./encoder_block.ts";

/** An audio tower, and the linear layer from its states to a language model's width. */
export type Hearing = { tower: AudioTower; projector: Linear };

/**
 * How many tokens a clip becomes: the second convolution keeps each other frame, and
 * each two of these states become one.
 */
export function audioTokensOf(frames: number): number {
  return Math.floor(Math.ceil(frames / 2) / 2);
}

/**
 * Reads the tower and the projector of Qwen2-Audio or of the thinker of Qwen2.5-Omni.
 *
 * @param weights The checkpoint.
 * @param config What the model is made of.
 * @param width The language model's.
 * @returns The weights, which the caller disposes.
 * @throws {RangeError} If one is missing or has another shape, naming it.
 */
export async function readHearing(
  weights: Weights,
  { audio, window }: AudioLanguageConfig,
  width: number,
): Promise<Hearing> {
  const prefix = audioPrefix(weights);
  const name = window === undefined
    ? `${prefix.replace(/audio_tower\.$/, "")}multi_modal_projector.linear`
    : `${prefix}proj`;
  const tower = await readAudioTower(weights, audio, prefix);
  const shapes = {
    [`${name}.weight`]: [width, audio.width],
    [`${name}.bias`]: [width],
  };
  try {
    const [weight, bias] = Object.values(await readTensors(weights, shapes));
    return { tower, projector: { weight, bias } };
  } catch (error) {
    tf.dispose(tower);
    throw error;
  }
}

/**
 * Hears clips, one after the other.
 *
 * Qwen2-Audio (Chu et al. 2024, arXiv 2407.10759, section 2) reads whole windows, in
 * which no state attends to what is filled up; the thinker of Qwen2.5-Omni (Xu et al.
 * 2025, arXiv 2503.20215, section 2.2) reads just the clip, in blocks of 2 s that do
 * not attend to each other.
 *
 * @param features Log-mel features `[A, mels, T]`.
 * @param frames How many frames of each are of the clip, A numbers; the others are
 * filled up.
 * @param hearing The weights.
 * @param config What the model is made of.
 * @returns `[tokens of all clips, width]`; the gradient reaches `features`.
 */
export function hearClips(
  features: Tensor,
  frames: readonly number[],
  { tower, projector }: Hearing,
  config: AudioLanguageConfig,
): Tensor {
  const clips = config.window === undefined
    ? hearWindows(features, frames, tower, config)
    : hearBlocks(features, frames, tower, config);
  return linear(normed(tf.concat(clips), tower.norm), projector);
}

/** The tokens of each clip, `[tokens, d]`, before the last norm. */
function hearWindows(
  features: Tensor,
  frames: readonly number[],
  tower: AudioTower,
  { audio: { heads, width } }: AudioLanguageConfig,
): Tensor[] {
  const real = firstFrames(frames, features.shape[2]!);
  const means = pairMeans(audioStates(features, tower, { heads, real }));
  return frames.map((count, clip) =>
    tf.reshape(
      tf.slice(means, [clip, 0, 0], [1, audioTokensOf(count), width]),
      [-1, width],
    )
  );
}

/** As {@linkcode hearWindows}. */
function hearBlocks(
  features: Tensor,
  frames: readonly number[],
  tower: AudioTower,
  { audio: { heads, width, mels }, window }: AudioLanguageConfig,
): Tensor[] {
  const span = 2 * window!;
  const blocks = frames.map((count) => Math.ceil(count / span));
  const cut = frames.map((count, clip) => {
    const own = tf.slice(features, [clip, 0, 0], [1, mels, count]);
    const missing = blocks[clip] * span - count;
    const filled = tf.pad(own, [[0, 0], [0, 0], [0, missing]]);
    const split = tf.reshape(filled, [mels, blocks[clip], span]);
    return tf.transpose(split, [1, 0, 2]); // [blocks, mels, span]
  });
  const lengths = frames.flatMap((count, clip) =>
    Array.from(
      { length: blocks[clip] },
      (_, block) => Math.min(span, count - block * span),
    )
  );
  const real = firstFrames(lengths, span);
  const states = audioStates(tf.concat(cut), tower, {
    ...{ heads, real, silenced: true },
  });
  return tf.split(states, blocks).map((own, clip) => {
    const size = [1, Math.ceil(frames[clip] / 2), width];
    const rows = tf.slice(tf.reshape(own, [1, -1, width]), 0, size);
    return tf.reshape(pairMeans(rows), [-1, width]);
  });
}

/** 1 for the first of T frames, as many as given, `[A, T, 1]`. */
function firstFrames(counts: readonly number[], length: number): Tensor {
  const places = tf.range(0, length, 1, "int32");
  const ends = tf.tensor2d([...counts], [counts.length, 1], "int32");
  return tf.expandDims(tf.cast(tf.less(places, ends), "float32"), 2);
}
