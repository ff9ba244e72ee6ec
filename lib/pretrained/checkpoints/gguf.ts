import type { Tensor } from "../../tf/backend.ts";
import type { CheckpointFiles } from "./checkpoint_files.ts";
import { ggufConfig } from "./gguf_config.ts";
import { type GgufHeader, readGgufHeader } from "./gguf_header.ts";
import type { StoredTensor } from "./stored_tensor.ts";

/** The hub's names of tensors outside the layers, by those of GGUF. */
const outerNames: Readonly<Record<string, string>> = {
  token_embd: "model.embed_tokens",
  output_norm: "model.norm",
  output: "lm_head",
};

/** The hub's names of a layer's tensors, by those of GGUF. */
const layerNames: Readonly<Record<string, string>> = {
  attn_norm: "input_layernorm",
  attn_q: "self_attn.q_proj",
  attn_k: "self_attn.k_proj",
  attn_v: "self_attn.v_proj",
  attn_output: "self_attn.o_proj",
  attn_q_norm: "self_attn.q_norm",
  attn_k_norm: "self_attn.k_norm",
  ffn_norm: "post_attention_layernorm",
  ffn_gate: "mlp.gate_proj",
  ffn_up: "mlp.up_proj",
  ffn_down: "mlp.down_proj",
};

/**
 * Opens a GGUF file of a decoder-only transformer: the architectures llama, qwen2 and
 * qwen3.
 *
 * @param path The file.
 * @returns Its tensors in the hub's names and order of rows, and its config in the
 * names of `config.json`; the caller closes the file.
 * @throws {RangeError} If it is damaged, of another architecture, or a tensor has no
 * name in the hub, naming it.
 * @throws {Deno.errors.NotFound} If there is no such file.
 */
export async function openGguf(path: string): Promise<CheckpointFiles> {
  const file = await Deno.open(path);
  try {
    const header = readGgufHeader(file, path);
    const config = ggufConfig(header, path);
    return { config, tensors: hubTensors(header, config, path), files: [file] };
  } catch (error) {
    file.close();
    throw error;
  }
}

function hubTensors(
  { tensors }: GgufHeader,
  config: Record<string, unknown>,
  path: string,
): Map<string, StoredTensor> {
  // llama.cpp turns adjacent pairs of a head where the hub turns its two halves.
  const heads: Record<string, unknown> = config.model_type === "llama"
    ? { attn_q: config.num_attention_heads, attn_k: config.num_key_value_heads }
    : {};
  return new Map(Array.from(tensors, ([name, stored]) => {
    const [, layer, part, kind] =
      /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(name) ?? [];
    const names = layer === undefined ? outerNames : layerNames;
    if (!part || !Object.hasOwn(names, part)) {
      throw new RangeError(
        `Cannot read ${path}: expected a tensor of ${config.model_type}, got "${name}"`,
      );
    }
    const prefix = layer === undefined ? "" : `model.layers.${layer}.`;
    const reorder = part in heads
      ? (tensor: Tensor) => halvesOfPairs(tensor, heads[part] as number)
      : undefined;
    return [`${prefix}${names[part]}.${kind}`, { ...stored, reorder }];
  }));
}

/** Rows of heads `(j, i)`, i of 2 lying side by side, in the order `(i, j)`. */
function halvesOfPairs(tensor: Tensor, heads: number): Tensor {
  const [rows, ...rest] = tensor.shape;
  const pairs = [heads, rows / heads / 2, 2, ...rest];
  const axes = pairs.map((_, axis) => [0, 2, 1][axis] ?? axis);
  return tensor.reshape(pairs).transpose(axes).reshape(tensor.shape);
}
