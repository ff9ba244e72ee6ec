import type { CheckpointFiles } from "./checkpoint_files.ts";
import { encodings } from "./encodings.ts";
import { readExactly, type StoredTensor } from "./stored_tensor.ts";

/** The hub's names of a module's equal parts, by rows, by CTranslate2's of the module. */
const modules: Readonly<Record<string, readonly string[]>> = {
  "self_attention/layer_norm": ["self_attn_layer_norm"],
  "self_attention/linear_0": ["q", "k", "v"].map((name) =>
    `self_attn.${name}_proj`
  ),
  "self_attention/linear_1": ["self_attn.out_proj"],
  "attention/layer_norm": ["encoder_attn_layer_norm"],
  "attention/linear_0": ["encoder_attn.q_proj"],
  "attention/linear_1": ["encoder_attn.k_proj", "encoder_attn.v_proj"],
  "attention/linear_2": ["encoder_attn.out_proj"],
  "ffn/layer_norm": ["final_layer_norm"],
  "ffn/linear_0": ["fc1"],
  "ffn/linear_1": ["fc2"],
  "layer_norm": ["layer_norm"],
  "position_encodings": ["embed_positions"],
  "embeddings": ["embed_tokens"],
  "conv1": ["conv1"],
  "conv2": ["conv2"],
};

/** What the hub calls a module's values. */
const kinds: Readonly<Record<string, string>> = {
  ...{ weight: "weight", bias: "bias" },
  ...{ gamma: "weight", beta: "bias", encodings: "weight" },
};

/** The names of safetensors of CTranslate2's types, by their numbers; none of int8. */
const types: Readonly<Record<number, string>> = {
  ...{ 0: "F32", 3: "I32", 4: "F16", 5: "BF16" },
};

/**
 * Opens the `model.bin` of a Whisper for CTranslate2 (version 6). Queries, keys and
 * values, which it keeps as one, are apart here; the bias of keys, which Whisper does
 * not have, is left out.
 *
 * @param path The file.
 * @returns Its tensors in the hub's names, and its config in the names of
 * `config.json`; the caller closes the file.
 * @throws {RangeError} If it is damaged or of another model.
 * @throws {Deno.errors.NotFound} If there is no such file.
 */
export async function openCTranslate2(path: string): Promise<CheckpointFiles> {
  const file = await Deno.open(path);
  try {
    const variables = readVariables(file, path);
    return {
      config: whisperConfig(variables, path),
      tensors: new Map([...variables].flatMap(hubTensors)),
      files: [file],
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

/**
 * Finds the variables of a file: its version, the spec's name and revision, a count,
 * then of each its name, shape, type and bytes, little-endian. What comes after them,
 * other names of the same, is not needed.
 */
function readVariables(
  file: Deno.FsFile,
  path: string,
): Map<string, StoredTensor> {
  const { size } = file.statSync();
  let at = 0;
  const take = (count: number): DataView => {
    const bytes = new Uint8Array(count);
    readExactly({ file, path }, at, bytes);
    at += count;
    return new DataView(bytes.buffer);
  };
  const uint8 = () => take(1).getUint8(0);
  const uint32 = () => take(4).getUint32(0, true);
  const text = () => {
    const view = take(take(2).getUint16(0, true));
    return new TextDecoder().decode(view).replace(/\0$/, "");
  };
  const version = uint32();
  if (version !== 6) {
    throw invalid(path, `expected CTranslate2's version 6, got ${version}`);
  }
  const spec = text();
  if (spec !== "WhisperSpec") {
    throw invalid(path, `expected a WhisperSpec, got "${spec}"`);
  }
  uint32(); // The spec's revision.
  const variables = new Map<string, StoredTensor>();
  for (let count = uint32(); count > 0; count--) {
    const name = text();
    const shape = Array.from({ length: uint8() }, uint32);
    const type = uint8();
    const length = uint32();
    if (at + length > size) {
      throw invalid(
        path,
        `expected ${length} bytes of "${name}" at ${at}, got ${size - at}`,
      );
    }
    const dtype = types[type] ?? `type ${type} of CTranslate2`;
    const encoding = encodings[dtype];
    const expected = encoding && encoding.blockBytes * product(shape);
    if (expected !== undefined && length !== expected) {
      throw invalid(
        path,
        `expected ${expected} bytes for "${name}" of shape [${shape}], got ${length}`,
      );
    }
    variables.set(name, { path, file, offset: at, shape, dtype, encoding });
    at += length;
  }
  return variables;
}

/** A variable's equal parts, in the hub's names; none of what is no weight. */
function hubTensors(
  [name, stored]: [string, StoredTensor],
): [string, StoredTensor][] {
  const [, side, layer, module, kind] =
    /^(encoder|decoder)\/(?:layer_(\d+)\/)?(.+)\/(\w+)$/.exec(name) ?? [];
  if (!module || !Object.hasOwn(modules, module)) return [];
  const prefix = layer === undefined ? side : `${side}.layers.${layer}`;
  const [rows, ...rest] = stored.shape;
  const shape = [rows / modules[module].length, ...rest];
  const bytes = product(shape) * (stored.encoding?.blockBytes ?? 0);
  const parts = modules[module].map((part, i): [string, StoredTensor] => [
    `model.${prefix}.${part}.${kinds[kind]}`,
    { ...stored, shape, offset: stored.offset + i * bytes },
  ]);
  return parts.filter(([part]) => !part.endsWith("k_proj.bias"));
}

/** The sizes, which are those of the variables. */
function whisperConfig(
  variables: Map<string, StoredTensor>,
  path: string,
): Record<string, unknown> {
  const variable = (name: string): StoredTensor => {
    const found = variables.get(name);
    if (!found) throw invalid(path, `expected a variable "${name}"`);
    return found;
  };
  const size = (name: string, axis: number) => variable(name).shape[axis];
  const sizesOf = (side: string) => {
    const heads = new Int16Array(1);
    const stored = variable(`${side}/num_heads`);
    readExactly(stored, stored.offset, new Uint8Array(heads.buffer));
    const layer = new RegExp(`^${side}/layer_\\d+/ffn/linear_0/weight$`);
    return {
      [`${side}_layers`]:
        [...variables.keys()].filter((name) => layer.test(name)).length,
      [`${side}_attention_heads`]: heads[0],
      [`${side}_ffn_dim`]: size(`${side}/layer_0/ffn/linear_0/weight`, 0),
    };
  };
  return {
    model_type: "whisper",
    activation_function: "gelu",
    d_model: size("encoder/conv1/weight", 0),
    num_mel_bins: size("encoder/conv1/weight", 1),
    max_source_positions: size("encoder/position_encodings/encodings", 0),
    max_target_positions: size("decoder/position_encodings/encodings", 0),
    vocab_size: size("decoder/embeddings/weight", 0),
    ...sizesOf("encoder"),
    ...sizesOf("decoder"),
  };
}

const product = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

function invalid(path: string, reason: string): RangeError {
  return new RangeError(`Cannot read ${path}: ${reason}`);
}
