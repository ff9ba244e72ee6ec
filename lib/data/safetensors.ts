import { type Tensor, tf } from "../tf/backend.ts";
import { assertKnown } from "../tf/check.ts";
import { writeChunks } from "./files.ts";
import {
  headerLength,
  isStrings,
  lengthBytes,
  maxHeaderBytes,
  metadataName,
  parseHeader,
} from "./safetensors_header.ts";

/** Named tensors with string metadata: the content of a safetensors file. */
export interface TensorFile {
  /** The tensors by name. */
  tensors: Record<string, Tensor>;
  /** What the writer noted beside them. */
  metadata: Record<string, string>;
}

/** What values in a file become, and the bytes of one. */
const dtypes: Record<string, "float32" | "int32"> = {
  F32: "float32",
  F16: "float32",
  I32: "int32",
};
const widths: Record<string, number> = { F32: 4, F16: 2, I32: 4 };

/** How tensors are written. */
export interface SafetensorsOptions {
  /** Write floats in half precision, F16; they are rounded. */
  half?: boolean;
}

/**
 * Encodes tensors as a safetensors file: data only, no code.
 *
 * Layout: the header's length (8 bytes, little-endian), a JSON header of
 * `{dtype, shape, data_offsets}` by name, padded to 8 bytes, then the values.
 *
 * @param tensors Tensors of float32 or int32, written in the order of the record.
 * @param metadata Strings to keep beside them.
 * @param options Whether floats are written in `half` precision.
 * @returns The file's bytes; the same input gives the same bytes.
 * @throws {TypeError} If a tensor is neither float32 nor int32, or metadata are not
 * strings.
 * @throws {RangeError} If a tensor is named `__metadata__`, or the header is over 100
 * MB: such files could not be read.
 *
 * @example
 * ```ts
 * import { decodeSafetensors, encodeSafetensors, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const scale = tf.tensor1d([1, 2]);
 * const bytes = await encodeSafetensors({ scale }, { step: "7" });
 * const { tensors, metadata } = decodeSafetensors(bytes);
 * assertEquals(await tensors.scale.array(), [1, 2]);
 * assertEquals(metadata, { step: "7" });
 * tf.dispose([scale, tensors]);
 * ```
 */
export async function encodeSafetensors(
  tensors: Record<string, Tensor>,
  metadata: Record<string, string> = {},
  options: SafetensorsOptions = {},
): Promise<Uint8Array> {
  assertKnown("the options of encodeSafetensors", options, ["half"]);
  const start = encodeHeader(tensors, metadata, options);
  const total = Object.values(tensors).reduce(
    (sum, tensor) => sum + tensor.size * widths[codeOf(tensor, options)!],
    0,
  );
  const bytes = new Uint8Array(start.length + total);
  let offset = 0;
  for await (const chunk of chunksOf(start, tensors, options)) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/**
 * Writes a safetensors file, see {@linkcode encodeSafetensors}, all or nothing and a
 * tensor at a time, so that a large model is never in memory a second time.
 *
 * @param path The file to write or replace.
 * @param tensors Tensors of float32 or int32, written in the order of the record.
 * @param metadata Strings to keep beside them.
 * @param options Whether floats are written in `half` precision.
 * @throws As {@linkcode encodeSafetensors}.
 *
 * @example
 * ```ts
 * import { readSafetensors, tf, writeSafetensors } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = await Deno.makeTempDir();
 * const scale = tf.tensor1d([1, 2]);
 * await writeSafetensors(`${folder}/model.safetensors`, { scale });
 * const { tensors } = await readSafetensors(`${folder}/model.safetensors`);
 * assertEquals(await tensors.scale.array(), [1, 2]);
 * tf.dispose([scale, tensors]);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function writeSafetensors(
  path: string,
  tensors: Record<string, Tensor>,
  metadata: Record<string, string> = {},
  options: SafetensorsOptions = {},
): Promise<void> {
  assertKnown("the options of writeSafetensors", options, ["half"]);
  const start = encodeHeader(tensors, metadata, options);
  await writeChunks(path, chunksOf(start, tensors, options));
}

/** The bytes of a file: its start, then the values of each tensor. */
async function* chunksOf(
  start: Uint8Array,
  tensors: Record<string, Tensor>,
  options: SafetensorsOptions,
): AsyncGenerator<Uint8Array> {
  yield start;
  for (const tensor of Object.values(tensors)) {
    const values = await tensor.data();
    const { buffer, byteOffset, byteLength } = codeOf(tensor, options) === "F16"
      ? new Float16Array(values)
      : values;
    yield new Uint8Array(buffer, byteOffset, byteLength);
  }
}

/** The name that the values of a tensor have in a file; none if they cannot be written. */
function codeOf(
  { dtype }: Tensor,
  { half = false }: SafetensorsOptions,
): string | undefined {
  if (dtype === "float32") return half ? "F16" : "F32";
  return dtype === "int32" ? "I32" : undefined;
}

/** All that comes before the values. */
function encodeHeader(
  tensors: Record<string, Tensor>,
  metadata: Record<string, string>,
  options: SafetensorsOptions,
): Uint8Array {
  if (!isStrings(metadata)) {
    throw new TypeError(
      `Cannot encode safetensors: expected metadata of strings, got ${
        JSON.stringify(metadata)
      }`,
    );
  }
  if (Object.hasOwn(tensors, metadataName)) {
    throw new RangeError(
      `Cannot encode tensor "${metadataName}": the name is taken by the format`,
    );
  }
  const entries: [string, unknown][] = [[metadataName, metadata]];
  let end = 0;
  for (const [name, tensor] of Object.entries(tensors)) {
    const { dtype, shape, size } = tensor;
    const code = codeOf(tensor, options);
    if (code === undefined) {
      throw new TypeError(
        `Cannot encode tensor "${name}": expected float32 or int32, got ${dtype}`,
      );
    }
    const begin = end;
    end += size * widths[code];
    entries.push([name, { dtype: code, shape, data_offsets: [begin, end] }]);
  }
  const json = JSON.stringify(Object.fromEntries(entries));
  const unpadded = new TextEncoder().encode(json);
  const headerBytes = Math.ceil(unpadded.length / 8) * 8;
  if (headerBytes > maxHeaderBytes) {
    throw new RangeError(
      `Cannot encode safetensors: expected a header of at most ${maxHeaderBytes} bytes, got ${headerBytes}`,
    );
  }
  const dataStart = lengthBytes + headerBytes;
  const bytes = new Uint8Array(dataStart).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.set(unpadded, lengthBytes);
  return bytes;
}

/**
 * Decodes a safetensors file. Everything is checked before the first tensor is
 * made: the header's length and syntax, the dtypes (F32, F16 and I32), and that the
 * tensors fill the data without a gap or an overlap.
 *
 * @param bytes The whole file.
 * @returns Fresh tensors, which the caller disposes, and the metadata.
 * @throws {RangeError} If the bytes are not such a file, saying where.
 *
 * @example
 * ```ts
 * import { decodeSafetensors } from "kit";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => decodeSafetensors(new Uint8Array(3)), RangeError, "3 bytes");
 * ```
 */
export function decodeSafetensors(bytes: Uint8Array): TensorFile {
  const dataStart = lengthBytes + headerLength(bytes, bytes.length);
  const header = parseHeader(
    bytes.subarray(lengthBytes, dataStart),
    bytes.length - dataStart,
    widths,
  );
  const tensors = Array.from(header.tensors, ([name, entry]) => {
    const { dtype, shape, data_offsets } = entry;
    const [begin, end] = data_offsets.map((offset) => dataStart + offset);
    const { buffer } = bytes.slice(begin, end);
    return [name, tf.tensor(valuesOf(buffer, dtype), shape, dtypes[dtype])];
  });
  return {
    tensors: Object.fromEntries(tensors),
    metadata: header.metadata,
  };
}

function valuesOf(buffer: ArrayBuffer, dtype: string) {
  if (dtype === "I32") return new Int32Array(buffer);
  return dtype === "F16"
    ? new Float32Array(new Float16Array(buffer))
    : new Float32Array(buffer);
}

/**
 * Reads a safetensors file, see {@linkcode decodeSafetensors}.
 *
 * @param path The file.
 * @returns Fresh tensors, which the caller disposes, and the metadata.
 * @throws {RangeError} If the file is damaged, naming its path and where.
 * @throws {Deno.errors.NotFound} If there is no such file.
 *
 * @example
 * ```ts
 * import { encodeSafetensors, readSafetensors, tf, writeBytes } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = await Deno.makeTempDir();
 * const scale = tf.tensor1d([1, 2]);
 * await writeBytes(`${folder}/model.safetensors`, await encodeSafetensors({ scale }));
 * const { tensors } = await readSafetensors(`${folder}/model.safetensors`);
 * assertEquals(await tensors.scale.array(), [1, 2]);
 * tf.dispose([scale, tensors]);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function readSafetensors(path: string): Promise<TensorFile> {
  const bytes = await Deno.readFile(path);
  try {
    return decodeSafetensors(bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : cause;
    throw new RangeError(`Cannot read ${path}: ${reason}`, { cause });
  }
}
