import { type Tensor, tf } from "../../tf/backend.ts";
import { openWeights } from "../checkpoints/weights.ts";
import { type AudioConfig, readAudioConfig } from "./audio_config.ts";
import {
  assertFeatures,
  audioPrefix,
  audioStates,
  pairMeans,
  readAudioTower,
} from "./audio_tower.ts";
import { normed } from "./encoder_block.ts";

/** A pretrained audio encoder, frozen. */
export interface AudioEncoder {
  /** The content of `config.json`. */
  readonly config: Record<string, unknown>;
  /** Its sizes. */
  readonly audio: AudioConfig;
  /**
   * Encodes log-mel features, see {@linkcode logMel}. A window shorter than the one
   * that the encoder was trained on takes the first positions.
   *
   * @param features float32 `[B, mels, frames]`; an even number of frames, at most
   * twice `audio.positions`.
   * @returns `[B, frames / 2, d]`, of Qwen2-Audio, whose tower takes means of two,
   * `[B, frames / 4, d]`; the gradient reaches `features`, the weights are frozen; the
   * caller disposes it.
   * @throws {TypeError} If the features have another type or shape.
   */
  encode(features: Tensor): Tensor;
  /** Disposes the weights. */
  dispose(): void;
}

/**
 * Loads the encoder of Whisper (Radford et al. 2022, arXiv 2212.04356, section 2.2), or
 * the audio tower of Qwen2-Audio, which has its layout: two convolutions over time with
 * exact GELU, positions from the file, pre-norm transformer blocks, a last norm.
 *
 * @param path A folder in the hub's layout, with names as `model.encoder.*` or
 * `audio_tower.*`, or CTranslate2's `model.bin`; what else is in it is not read.
 * @returns The encoder, which the caller disposes.
 * @throws {RangeError} If there is no such encoder in it, or a tensor is missing or has
 * another shape, naming it.
 *
 * @example
 * ```ts
 * import { loadAudioEncoder, logMel } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * // A tiny random Whisper, of windows of 0.32 s; a real one is such a folder too.
 * const encoder = await loadAudioEncoder("tests/pretrained/fixtures/audio/whisper");
 * const { mels } = encoder.audio;
 * const clip = Float32Array.from({ length: 4000 }, (_, i) => Math.sin(i / 4));
 * const features = logMel(clip, { sampleRate: 16_000, mels, seconds: 0.32 });
 * const states = encoder.encode(features);
 * assertEquals(states.shape, [1, 16, 8]);
 * features.dispose();
 * states.dispose();
 * encoder.dispose();
 * ```
 */
export async function loadAudioEncoder(path: string): Promise<AudioEncoder> {
  const weights = await openWeights(path);
  try {
    const audio = readAudioConfig(weights.config);
    if (audio.type === "qwen2_5_omni_audio_encoder") {
      throw new RangeError(
        `Cannot read ${path}: the tower of Qwen2.5-Omni hears in windows; loadAudioLanguageModel reads it`,
      );
    }
    const tower = await readAudioTower(weights, audio, audioPrefix(weights));
    return {
      config: weights.config,
      audio,
      encode(features) {
        assertFeatures(features, audio.mels, 2 * audio.positions);
        return tf.tidy(() => {
          const h = audioStates(features, tower, { heads: audio.heads });
          return normed(
            audio.type === "whisper" ? h : pairMeans(h),
            tower.norm,
          );
        });
      },
      dispose: () => tf.dispose(tower),
    };
  } finally {
    weights.close();
  }
}
