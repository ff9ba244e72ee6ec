import { type Tensor, tf } from "../../tf/backend.ts";
import { openWeights, type Weights } from "../checkpoints/weights.ts";
import { type Decoder, readDecoder } from "../language/decoder.ts";
import { readDecoderConfig } from "../language/decoder_config.ts";
import {
  type LanguageModel,
  languageModel,
  tokenizerOf,
} from "../language/language_model.ts";
import { type Tokenizer } from "../language/tokenizer.ts";
import { type AudioConfig } from "./audio_config.ts";
import {
  audioTokensOf,
  hearClips,
  type Hearing,
  readHearing,
} from "./audio_hearing.ts";
import {
  type AudioLanguageConfig,
  readAudioLanguageConfig,
} from "./audio_language_config.ts";
import { assertFeatures } from "./audio_tower.ts";

/** A pretrained model that reads text and sound and writes text, frozen. */
export interface AudioLanguageModel {
  /** The content of `config.json`. */
  readonly config: Record<string, unknown>;
  /** The tokenizer; missing where the folder has none. */
  readonly tokenizer?: Tokenizer;
  /** The sizes of the audio tower. */
  readonly audio: AudioConfig;
  /** The token that stands for sound in a prompt, such as `<|AUDIO|>`. */
  readonly audioToken: number;
  /**
   * Hears clips: what the language model reads in the places of their sound.
   *
   * @param features Of {@linkcode logMel}, `[A, mels, T]`; for Qwen2-Audio whole windows
   * of `2 * audio.positions` frames, or shorter ones.
   * @param frames How many frames of each are of the clip, see {@linkcode melFrames}; the
   * others are filled up.
   * @returns `[tokens of all clips, width]`, one after the other; the gradient reaches
   * `features`; the caller disposes it.
   * @throws {TypeError} If the features have another type or shape.
   * @throws {RangeError} If there is not one number of frames for each clip, or one is
   * too short to become a token, or longer than the features.
   */
  hear(features: Tensor, frames: readonly number[]): Tensor;
  /**
   * Puts what was heard into prompts: each run of placeholders, or a single one, becomes
   * the tokens of the next clip. These are no words: token `V + i`, after the vocabulary
   * of V, is row i of what `hear` gave for the same clips, however prompts are repeated,
   * cut or packed after that.
   *
   * @param prompts The tokens of each prompt, with placeholders.
   * @param frames As of `hear`.
   * @returns The tokens of each prompt.
   * @throws {RangeError} If there are more or fewer clips than runs of placeholders, or
   * a run has neither one placeholder nor as many as its clip has tokens; both numbers
   * are named.
   */
  place(
    prompts: readonly (readonly number[])[],
    frames: readonly number[],
  ): number[][];
  /**
   * The language model, for text alone; {@linkcode withHeard} gives it what was heard.
   * Its `dispose` does nothing.
   */
  readonly language: LanguageModel;
  /** Disposes the weights. */
  dispose(): void;
}

/**
 * Loads Qwen2-Audio, or of Qwen2.5-Omni the thinker's part for sound and text: an audio
 * tower, a projector and a Qwen2.
 *
 * @param folder A folder in the hub's layout; the thinker alone, or the whole, of which
 * pictures, the talker and its voice are not read.
 * @returns The model, which the caller disposes.
 * @throws {RangeError} If it is another model, or a tensor is missing or has another
 * shape, naming it.
 * @throws {Deno.errors.NotFound} If a file is missing.
 *
 * @example
 * ```ts
 * import { loadAudioLanguageModel, logMel, melFrames, tf, withHeard } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * // A tiny random model, of windows of 0.32 s; a real one is such a folder too.
 * const folder = "tests/pretrained/fixtures/audio/qwen2_audio";
 * const model = await loadAudioLanguageModel(folder);
 * const { audio: { mels }, audioToken } = model;
 *
 * const clip = Float32Array.from({ length: 4000 }, (_, i) => Math.sin(i / 4));
 * const features = logMel(clip, { sampleRate: 16_000, mels, seconds: 0.32 });
 * const frames = [melFrames(clip)];
 * const heard = model.hear(features, frames);
 * const [prompt] = model.place([[1, 2, audioToken, 3]], frames);
 * assertEquals(prompt, [1, 2, 40, 41, 42, 43, 44, 45, 3]); // After a vocabulary of 40.
 *
 * const tokens = tf.tensor2d([prompt], [1, 9], "int32");
 * const logits = withHeard(model.language, heard).logits(tokens);
 * assertEquals(logits.shape, [1, 9, 40]);
 * tf.dispose([features, heard, tokens, logits]);
 * model.dispose();
 * ```
 */
export async function loadAudioLanguageModel(
  folder: string,
): Promise<AudioLanguageModel> {
  const weights = await openWeights(folder);
  try {
    const config = readAudioLanguageConfig(weights.config);
    const { vocabulary } = readDecoderConfig(config.text);
    const tokenizer = await tokenizerOf(folder, vocabulary);
    const decoder = await readDecoder(textPart(weights, config));
    try {
      const { width } = decoder.config;
      const hearing = await readHearing(weights, config, width);
      return audioLanguageModel(
        { decoder, hearing, config },
        { config: weights.config, tokenizer },
      );
    } catch (error) {
      tf.dispose(decoder.weights);
      throw error;
    }
  } finally {
    weights.close();
  }
}

function audioLanguageModel(
  { decoder, hearing, config }: {
    decoder: Decoder;
    hearing: Hearing;
    config: AudioLanguageConfig;
  },
  beside: { config: Record<string, unknown>; tokenizer?: Tokenizer },
): AudioLanguageModel {
  const { audio, audioToken } = config;
  const language = {
    ...languageModel(decoder, { ...beside, config: config.text }),
    dispose: () => {},
  };
  return {
    ...beside,
    audio,
    audioToken,
    hear(features, frames) {
      assertClips(features, frames, config);
      return tf.tidy(() => hearClips(features, frames, hearing, config));
    },
    place: (prompts, frames) =>
      place(prompts, frames, {
        ...{ audioToken, vocabulary: decoder.config.vocabulary },
      }),
    language,
    dispose: () => tf.dispose([decoder.weights, hearing]),
  };
}

/** The language model's part of a checkpoint, under the names of a language model. */
function textPart(weights: Weights, config: AudioLanguageConfig): Weights {
  const others = /^(talker|token2wav)\./;
  const find = (end: string) =>
    weights.names.find((name) => name.endsWith(end) && !others.test(name));
  const first = "embed_tokens.weight";
  const body = (find(first) ?? `model.${first}`).slice(0, -first.length);
  const head = find("lm_head.weight");
  return {
    ...weights,
    config: { ...config.text, tie_word_embeddings: head === undefined },
    read: (name, shape) =>
      weights.read(
        name === "lm_head.weight" ? head! : name.replace(/^model\./, body),
        shape,
      ),
    close: () => {},
  };
}

function assertClips(
  features: Tensor,
  frames: readonly number[],
  { audio: { mels, positions }, window }: AudioLanguageConfig,
): void {
  // Blocks start over with the first position; a window cannot be longer than they are.
  assertFeatures(
    features,
    mels,
    window === undefined ? 2 * positions : Infinity,
  );
  const [clips, , length] = features.shape as number[];
  const wrong = frames.findIndex((count) =>
    !Number.isInteger(count) || count > length || audioTokensOf(count) < 1
  );
  if (frames.length !== clips) {
    throw new RangeError(
      `Expected frames of ${clips} clips, got ${frames.length}`,
    );
  }
  if (wrong >= 0) {
    throw new RangeError(
      `Expected frames from 3 to ${length}, got ${
        frames[wrong]
      } for clip ${wrong}`,
    );
  }
}

/** See {@linkcode AudioLanguageModel.place}. */
function place(
  prompts: readonly (readonly number[])[],
  frames: readonly number[],
  { audioToken, vocabulary }: { audioToken: number; vocabulary: number },
): number[][] {
  const runs = prompts.flatMap((prompt) => runsOf(prompt, audioToken));
  if (runs.length !== frames.length) {
    throw new RangeError(
      `Expected a clip for each run of placeholders (token ${audioToken}), got ${frames.length} clips and ${runs.length} runs`,
    );
  }
  let clip = 0;
  let next = vocabulary;
  return prompts.map((prompt) =>
    prompt.flatMap((token, at) => {
      if (token !== audioToken) return [token];
      if (at > 0 && prompt[at - 1] === audioToken) return []; // Of the same run.
      const count = audioTokensOf(frames[clip]);
      if (runs[clip] !== 1 && runs[clip] !== count) {
        throw new RangeError(
          `Expected 1 or ${count} placeholders for clip ${clip} of ${
            frames[clip]
          } frames, got ${runs[clip]}`,
        );
      }
      clip++;
      next += count;
      return Array.from({ length: count }, (_, i) => next - count + i);
    })
  );
}

/** The lengths of the runs of a token. */
function runsOf(tokens: readonly number[], token: number): number[] {
  const runs: number[] = [];
  tokens.forEach((other, at) => {
    if (other !== token) return;
    if (tokens[at - 1] === token) runs[runs.length - 1]++;
    else runs.push(1);
  });
  return runs;
}
