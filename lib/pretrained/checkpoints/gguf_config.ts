import type { GgufHeader } from "./gguf_header.ts";

/** The architectures that can be read, with the names that transformers has for them. */
const architectures: Readonly<Record<string, string>> = {
  llama: "LlamaForCausalLM",
  qwen2: "Qwen2ForCausalLM",
  qwen3: "Qwen3ForCausalLM",
};

/** Sizes that a file must state, by their names in `config.json`. */
const sizes: Readonly<Record<string, string>> = {
  num_hidden_layers: "block_count",
  max_position_embeddings: "context_length",
  hidden_size: "embedding_length",
  intermediate_size: "feed_forward_length",
  num_attention_heads: "attention.head_count",
};

/**
 * Says in the names of `config.json` what a GGUF file says of its model.
 *
 * @param header The file's header.
 * @param path Its path, for messages.
 * @returns The config.
 * @throws {RangeError} If the architecture is not among llama, qwen2 and qwen3, a size is
 * missing or wrong, positions are scaled, or the file is a part of a split one.
 */
export function ggufConfig(
  { value, tensors }: GgufHeader,
  path: string,
): Record<string, unknown> {
  const fail = (key: string, expected: string): never => {
    throw new RangeError(
      `Cannot read ${path}: expected ${key} ${expected}, got ${value(key)}`,
    );
  };
  const model = value("general.architecture");
  if (typeof model !== "string" || !Object.hasOwn(architectures, model)) {
    fail("general.architecture", "llama, qwen2 or qwen3");
  }
  const positive = (name: string, otherwise?: number): number => {
    const key = `${model}.${name}`;
    const found = value(key) ?? otherwise;
    return typeof found === "number" && found > 0
      ? found
      : fail(key, "above 0");
  };
  const size = (name: string, otherwise?: number): number => {
    const found = positive(name, otherwise);
    return Number.isSafeInteger(found)
      ? found
      : fail(`${model}.${name}`, "to be an integer");
  };
  const scaling = `${model}.rope.scaling.type`;
  if ((value(scaling) ?? "none") !== "none") fail(scaling, "none");
  if (Number(value("split.count") ?? 1) > 1) fail("split.count", "1");
  const config = Object.fromEntries(
    Object.entries(sizes).map(([name, key]) => [name, size(key)]),
  );
  const heads = config.num_attention_heads;
  const keyHeads = size("attention.head_count_kv", heads);
  const headSize = size("attention.key_length", config.hidden_size / heads);
  const embedding = tensors.get("token_embd.weight") ??
    fail("token_embd.weight", "to be a tensor");
  return {
    model_type: model,
    architectures: [architectures[model as string]],
    ...config,
    num_key_value_heads: keyHeads,
    head_dim: headSize,
    vocab_size: embedding.shape[0],
    rope_theta: positive("rope.freq_base", 10_000),
    rms_norm_eps: decimal(positive("attention.layer_norm_rms_epsilon")),
    hidden_act: "silu",
    tie_word_embeddings: !tensors.has("output.weight"),
    attention_bias: tensors.has("blk.0.attn_output.bias"),
    bos_token_id: value("tokenizer.ggml.bos_token_id") ?? null,
    eos_token_id: value("tokenizer.ggml.eos_token_id") ?? null,
  };
}

/** The shortest decimal of a float32: 1e-5 in place of 0.000009999999747378752. */
function decimal(value: number): number {
  const short = Number(value.toPrecision(7));
  return Math.fround(short) === value ? short : value;
}
