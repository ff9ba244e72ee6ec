import { sizeOf, wrongValue } from "../checkpoints/config_values.ts";

/** The architectures of audio encoders, by `model_type`. */
const audioTypes = [
  "whisper",
  "qwen2_audio_encoder",
  "qwen2_5_omni_audio_encoder",
] as const;

/** The sizes of an audio encoder. */
export interface AudioConfig {
  /** Which architecture. */
  readonly type: typeof audioTypes[number];
  /** Mel bands of the features. */
  readonly mels: number;
  /** Features of a state, d. */
  readonly width: number;
  /** Features between the two layers of a block's MLP. */
  readonly hidden: number;
  /** The number of blocks. */
  readonly depth: number;
  /** Attention heads; divides `width`. */
  readonly heads: number;
  /** The most states at a time: half the most frames. */
  readonly positions: number;
}

/**
 * Finds and reads the part of a `config.json` that tells of an audio encoder: all of
 * it for Whisper, `audio_config` for Qwen2-Audio and for Qwen2.5-Omni, where it may lie
 * in `thinker_config`.
 *
 * @param config The content of `config.json`.
 * @returns The sizes.
 * @throws {RangeError} If it is of another architecture, has another activation than
 * GELU, or a size is missing or does not fit, naming it.
 */
export function readAudioConfig(config: Record<string, unknown>): AudioConfig {
  const part = audioPart(config);
  const type = audioTypes.find((known) => known === part.model_type);
  if (!type) {
    throw wrongValue(
      "model_type",
      `one of ${audioTypes.join(", ")}`,
      part.model_type,
    );
  }
  const { activation_function: activation = "gelu" } = part;
  if (activation !== "gelu") {
    throw wrongValue("activation_function", '"gelu"', activation);
  }
  const size = (name: string) => sizeOf(part, name);
  const [width, heads] = [size("d_model"), size("encoder_attention_heads")];
  if (width % heads !== 0) {
    throw wrongValue("encoder_attention_heads", `a divisor of ${width}`, heads);
  }
  return {
    type,
    mels: size("num_mel_bins"),
    width,
    hidden: size("encoder_ffn_dim"),
    depth: size("encoder_layers"),
    heads,
    positions: size("max_source_positions"),
  };
}

/** The part of a `config.json` that tells of the audio encoder. */
export function audioPart(
  config: Record<string, unknown>,
): Record<string, unknown> {
  const thinker = (config.thinker_config ?? config) as typeof config;
  return (thinker.audio_config ?? thinker) as typeof config;
}
