import { sizeOf } from "../checkpoints/config_values.ts";
import {
  type AudioConfig,
  audioPart,
  readAudioConfig,
} from "./audio_config.ts";

/** What a model for sound and text is made of. */
export interface AudioLanguageConfig {
  /** The audio tower. */
  readonly audio: AudioConfig;
  /** Half the frames that Qwen2.5-Omni's tower hears at a time; all at once without it. */
  readonly window?: number;
  /** The `config.json` of the language model. */
  readonly text: Record<string, unknown>;
  /** The token that stands for sound in a prompt, such as `<|AUDIO|>`. */
  readonly audioToken: number;
}

/** What transformers leaves out of `config.json`, since it is usual. */
const usualAudio = {
  ...{ num_mel_bins: 128, encoder_layers: 32, encoder_attention_heads: 20 },
  ...{ encoder_ffn_dim: 5120, d_model: 1280, max_source_positions: 1500 },
};
const usualText: Record<string, Record<string, unknown>> = {
  qwen2: {
    ...{ vocab_size: 151_936, hidden_size: 4096, intermediate_size: 22_016 },
    ...{ num_hidden_layers: 32, num_attention_heads: 32 },
    ...{ num_key_value_heads: 32, max_position_embeddings: 32_768 },
  },
  qwen2_5_omni_text: {
    ...{ vocab_size: 152_064, hidden_size: 3584, intermediate_size: 18_944 },
    ...{ num_hidden_layers: 28, num_attention_heads: 28 },
    ...{ num_key_value_heads: 4, max_position_embeddings: 32_768 },
    ...{ rope_theta: 1_000_000 },
  },
};

/**
 * Reads the `config.json` of Qwen2-Audio or of the thinker of Qwen2.5-Omni, alone or in
 * the whole. Sizes that are left out are those of `transformers`.
 *
 * The thinker gives sound and text positions one after the other, in all three parts
 * of its rotary angles alike: without pictures they are a Qwen2's.
 *
 * @param config The content of `config.json`.
 * @returns What the model is made of.
 * @throws {RangeError} If it is another model, naming what does not fit.
 */
export function readAudioLanguageConfig(
  config: Record<string, unknown>,
): AudioLanguageConfig {
  const whole = (config.thinker_config ?? config) as typeof config;
  const part = { ...usualAudio, ...audioPart(config) };
  const audio = readAudioConfig(part);
  const text = (whole.text_config ?? {}) as typeof config;
  const usual = usualText[`${text.model_type}`];
  if (audio.type === "whisper" || !usual) {
    throw new RangeError(
      `Cannot read config.json: expected Qwen2-Audio or the thinker of Qwen2.5-Omni, got model_type ${
        JSON.stringify(config.model_type)
      }`,
    );
  }
  const omni = audio.type === "qwen2_5_omni_audio_encoder";
  return {
    audio,
    window: omni ? sizeOf({ n_window: 100, ...part }, "n_window") : undefined,
    text: { ...usual, ...text, model_type: "qwen2" },
    audioToken: sizeOf(
      { token: whole.audio_token_index ?? whole.audio_token_id ?? 151_646 },
      "token",
    ),
  };
}
