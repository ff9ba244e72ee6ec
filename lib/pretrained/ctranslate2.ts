import { type Tensor, tf } from "../tf/backend.ts";
import { encodings } from "./encodings.ts";

/** A variable of a CTranslate2 file. */
interface Variable {
  shape: number[];
  /** The number of its type. */
  type: number;
  bytes: Uint8Array;
}

/** The types that are numbers with a point, by CTranslate2's numbers for them. */
const types: Record<number, keyof typeof encodings> = {
  0: "F32",
  4: "F16",
  5: "BF16",
};

/** What becomes of a module: the hub's names of its equal parts, by rows. */
const modules: Record<string, string[]> = {
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

/** What the hub calls the values of a module. */
const kinds: Record<string, string> = {
  ...{ weight: "weight", bias: "bias" },
  ...{ gamma: "weight", beta: "bias", encodings: "weight" },
};

/**
 * Reads Whisper from CTranslate2's `model.bin` (version 6, spec `WhisperSpec`), in the
 * hub's names: fused rows of queries, keys and values are cut apart, and the bias of
 * keys, which Whisper does not have, is left out. Encoded and beside the config, the
 * tensors are a folder that {@linkcode loadAudioEncoder} and `transformers` read.
 *
 * @param bytes The whole file.
 * @returns `config`, what `config.json` is to hold, and `tensors` by name, float32,
 * which the caller disposes.
 * @throws {RangeError} If the bytes are no such file, are cut off, or the weights are
 * quantised.
 *
 * @example
 * ```ts
 * import { readCTranslate2 } from "kit";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => readCTranslate2(new Uint8Array(3)), RangeError, "3 bytes");
 * ```
 */
export function readCTranslate2(
  bytes: Uint8Array,
): { config: Record<string, unknown>; tensors: Record<string, Tensor> } {
  const variables = readVariables(bytes);
  const config = configOf(variables);
  const tensors = tf.tidy(() => {
    const tensors: Record<string, Tensor> = {};
    for (const [name, variable] of variables) {
      for (const [part, rows] of Object.entries(partsOf(name, variable))) {
        tensors[part] = tf.tensor(rows.values, rows.shape);
      }
    }
    return tensors;
  });
  return { config, tensors };
}

/** A variable's equal parts by the hub's names; none of what is no weight. */
function partsOf(
  name: string,
  variable: Variable,
): Record<string, { shape: number[]; values: Float32Array }> {
  const found = /^(encoder|decoder)\/(?:layer_(\d+)\/)?(.+)\/(\w+)$/.exec(name);
  if (!found || !Object.hasOwn(modules, found[3])) return {};
  const [, side, layer, module, value] = found;
  const prefix = layer === undefined ? side : `${side}.layers.${layer}`;
  const names = modules[module].map((part) =>
    `model.${prefix}.${part}.${kinds[value]}`
  );
  const [rows, ...rest] = variable.shape;
  const shape = [rows / names.length, ...rest];
  const all = decode(name, variable);
  const size = all.length / names.length;
  const parts = names.map((part, i) => {
    const values = all.subarray(i * size, (i + 1) * size);
    return [part, { shape, values }] as const;
  });
  return Object.fromEntries(
    parts.filter(([part]) => !part.endsWith("k_proj.bias")),
  );
}

function decode(name: string, { type, shape, bytes }: Variable): Float32Array {
  const encoding = encodings[types[type]];
  if (!encoding) {
    throw invalid(`expected "${name}" of float16 or float32, got type ${type}`);
  }
  const size = shape.reduce((a, b) => a * b, 1);
  if (bytes.length !== size * encoding.blockBytes) {
    throw invalid(
      `expected ${
        size * encoding.blockBytes
      } bytes of "${name}" of shape [${shape}], got ${bytes.length}`,
    );
  }
  const aligned = bytes.slice();
  if (!encoding.decode) return new Float32Array(aligned.buffer);
  const decoded = new Float32Array(size);
  encoding.decode(aligned, decoded);
  return decoded;
}

/** The sizes, which are those of the variables. */
function configOf(variables: Map<string, Variable>): Record<string, unknown> {
  const variable = (name: string) => {
    const found = variables.get(name);
    if (!found) throw invalid(`expected a variable "${name}"`);
    return found;
  };
  const sizeOf = (name: string, axis: number) => variable(name).shape[axis];
  const side = (side: string) => {
    const layers = [...variables.keys()].filter((name) =>
      name.startsWith(`${side}/layer_`) && name.endsWith("ffn/linear_0/weight")
    );
    const { bytes: heads } = variable(`${side}/num_heads`);
    return {
      [`${side}_layers`]: layers.length,
      [`${side}_attention_heads`]: heads[0] + 256 * heads[1],
      [`${side}_ffn_dim`]: sizeOf(`${side}/layer_0/ffn/linear_0/weight`, 0),
    };
  };
  return {
    architectures: ["WhisperForConditionalGeneration"],
    model_type: "whisper",
    activation_function: "gelu",
    d_model: sizeOf("encoder/conv1/weight", 0),
    num_mel_bins: sizeOf("encoder/conv1/weight", 1),
    max_source_positions: sizeOf("encoder/position_encodings/encodings", 0),
    max_target_positions: sizeOf("decoder/position_encodings/encodings", 0),
    vocab_size: sizeOf("decoder/embeddings/weight", 0),
    ...side("encoder"),
    ...side("decoder"),
  };
}

/**
 * Reads the variables of a file: its version, the spec's name and revision, a count,
 * then of each its name, shape, type and bytes, little-endian; the names of variables
 * that are others, such as tied embeddings, come last and are not needed.
 */
function readVariables(bytes: Uint8Array): Map<string, Variable> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (count: number) => {
    if (at + count > bytes.length) {
      throw invalid(
        `expected ${at + count} bytes or more, got ${bytes.length} bytes`,
      );
    }
    at += count;
    return at - count;
  };
  const uint8 = () => view.getUint8(take(1));
  const uint32 = () => view.getUint32(take(4), true);
  const text = () => {
    const length = view.getUint16(take(2), true);
    const begin = take(length);
    return new TextDecoder().decode(bytes.subarray(begin, at - 1)); // Ends in 0.
  };
  const version = uint32();
  if (version !== 6) throw invalid(`expected version 6, got ${version}`);
  const spec = text();
  if (spec !== "WhisperSpec") {
    throw invalid(`expected a WhisperSpec, got "${spec}"`);
  }
  uint32(); // The spec's revision.
  const variables = new Map<string, Variable>();
  for (let count = uint32(); count > 0; count--) {
    const name = text();
    const shape = Array.from({ length: uint8() }, uint32);
    const type = uint8();
    const begin = take(uint32());
    variables.set(name, { shape, type, bytes: bytes.subarray(begin, at) });
  }
  return variables;
}

function invalid(reason: string): RangeError {
  return new RangeError(`Cannot read CTranslate2's model.bin: ${reason}`);
}
