import { sizeOf, wrongValue } from "../checkpoints/config_values.ts";

/** The architectures of one family of decoders, by `model_type`. */
const decoderTypes = ["llama", "qwen2", "qwen3"] as const;

/** What the sizes and the switches of a decoder are. */
export interface DecoderConfig {
  /** Tokens, V. */
  readonly vocabulary: number;
  /** Features of a token. */
  readonly width: number;
  /** Features between the two layers of a block's MLP. */
  readonly hidden: number;
  /** The number of blocks. */
  readonly depth: number;
  /** Heads of queries. */
  readonly heads: number;
  /** Heads of keys and values; divides `heads`. */
  readonly groups: number;
  /** Features of a head. */
  readonly headSize: number;
  /** The longest sequence. */
  readonly length: number;
  /** The base of the angles of the positions. */
  readonly ropeBase: number;
  /** What is added to a mean square before its root. */
  readonly normEpsilon: number;
  /** Whether queries, keys and values have biases (Qwen2). */
  readonly biases: boolean;
  /** Whether queries and keys are normalised (Qwen3). */
  readonly headNorms: boolean;
  /** Whether the embeddings are the output's weights too. */
  readonly tied: boolean;
}

/**
 * Reads the `config.json` of a decoder: Llama, Qwen2 or Qwen3, old names and new
 * ones. What the forward pass does not do is refused, not ignored: scaled positions
 * (`rope_scaling` or `rope_parameters` of a type other than `"default"`), attention
 * in windows, other biases than Qwen2's, another activation than SiLU.
 *
 * @param config The content of `config.json`.
 * @returns The sizes.
 * @throws {RangeError} If it is of another architecture, asks for what is refused, or
 * a size is missing or does not fit, naming it.
 */
export function readDecoderConfig(
  config: Record<string, unknown>,
): DecoderConfig {
  const type = config.model_type;
  if (!decoderTypes.some((known) => known === type)) {
    throw new RangeError(
      `Cannot read config.json: expected model_type ${
        decoderTypes.map((name) => `"${name}"`).join(", ")
      }, got ${JSON.stringify(type)}`,
    );
  }
  refuse(config);
  const size = (name: string, otherwise?: number) =>
    sizeOf(config, name, otherwise);
  const [width, heads] = [size("hidden_size"), size("num_attention_heads")];
  const groups = size("num_key_value_heads", heads);
  if (heads % groups !== 0) {
    throw wrongValue("num_key_value_heads", `a divisor of ${heads}`, groups);
  }
  const headSize = size("head_dim", type === "qwen3" ? 128 : width / heads);
  if (headSize % 2 !== 0) {
    throw wrongValue("head_dim", "an even number", headSize);
  }
  return {
    vocabulary: size("vocab_size"),
    width,
    hidden: size("intermediate_size"),
    depth: size("num_hidden_layers"),
    heads,
    groups,
    headSize,
    length: size("max_position_embeddings"),
    ropeBase: positive("rope_theta", ropeOf(config).rope_theta ?? 10_000),
    normEpsilon: positive("rms_norm_eps", config.rms_norm_eps ?? 1e-6),
    biases: type === "qwen2",
    headNorms: type === "qwen3",
    tied: config.tie_word_embeddings === true,
  };
}

/** What it says of positions: in one place since transformers 5, in two before. */
function ropeOf(config: Record<string, unknown>): Record<string, unknown> {
  return {
    rope_theta: config.rope_theta,
    ...config.rope_scaling as object | null,
    ...config.rope_parameters as object | null,
  };
}

function refuse(config: Record<string, unknown>): void {
  const { rope_type, type = "default" } = ropeOf(config);
  const layers = config.layer_types;
  const windows = Array.isArray(layers) &&
    layers.some((layer) => layer !== "full_attention");
  const switches: [string, unknown, unknown][] = [
    ["rope_type", rope_type ?? type, "default"],
    ["hidden_act", config.hidden_act ?? "silu", "silu"],
    ["use_sliding_window", config.use_sliding_window ?? false, false],
    ["layer_types", windows ? layers : "full_attention", "full_attention"],
    ["attention_bias", config.attention_bias ?? false, false],
    ["mlp_bias", config.mlp_bias ?? false, false],
  ];
  for (const [name, value, expected] of switches) {
    if (value !== expected) {
      throw wrongValue(name, JSON.stringify(expected), value);
    }
  }
}

function positive(name: string, value: unknown): number {
  if (!(typeof value === "number" && value > 0 && value < Infinity)) {
    throw wrongValue(name, "a positive number", value);
  }
  return value;
}
