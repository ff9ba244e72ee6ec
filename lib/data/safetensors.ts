import { type Tensor, tf } from "../tf/backend.ts";

/** Named tensors with string metadata: the content of a safetensors file. */
export interface TensorFile {
  /** The tensors by name. */
  tensors: Record<string, Tensor>;
  /** What the writer noted beside them. */
  metadata: Record<string, string>;
}

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

const dtypes: Record<string, "float32" | "int32"> = {
  F32: "float32",
  I32: "int32",
};
const metadataName = "__metadata__";
const lengthBytes = 8;
const maxHeaderBytes = 100_000_000;
const bytesPerValue = 4;

/**
 * Encodes tensors as a safetensors file: data only, no code.
 *
 * Layout: the header's length (8 bytes, little-endian), a JSON header of
 * `{dtype, shape, data_offsets}` by name, padded to 8 bytes, then the values.
 *
 * @param tensors Tensors of float32 or int32, written in the order of the record.
 * @param metadata Strings to keep beside them.
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
): Promise<Uint8Array> {
  if (!isRecord(metadata) || !Object.values(metadata).every(isString)) {
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
  for (const [name, { dtype, shape, size }] of Object.entries(tensors)) {
    const code = Object.keys(dtypes).find((key) => dtypes[key] === dtype);
    if (code === undefined) {
      throw new TypeError(
        `Cannot encode tensor "${name}": expected float32 or int32, got ${dtype}`,
      );
    }
    const begin = end;
    end += size * bytesPerValue;
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
  const bytes = new Uint8Array(dataStart + end).fill(0x20, 0, dataStart);
  const length = BigInt(headerBytes);
  new DataView(bytes.buffer).setBigUint64(0, length, true);
  bytes.set(unpadded, lengthBytes);
  let offset = dataStart;
  for (const tensor of Object.values(tensors)) {
    const values = await tensor.data();
    bytes.set(
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      offset,
    );
    offset += values.byteLength;
  }
  return bytes;
}

/**
 * Decodes a safetensors file. Everything is checked before the first tensor is
 * made: the header's length and syntax, the dtypes (F32 and I32), and that the
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
  const { header, dataStart } = readHeader(bytes);
  const { [metadataName]: metadata = {}, ...rest } = header;
  if (!isRecord(metadata) || !Object.values(metadata).every(isString)) {
    throw invalid("expected metadata of strings");
  }
  const entries = Object.entries(rest).map(checkedEntry);
  let expected = 0;
  const inOrder = entries.toSorted(([, a], [, b]) =>
    a.data_offsets[0] - b.data_offsets[0] ||
    a.data_offsets[1] - b.data_offsets[1]
  );
  for (const [name, { data_offsets: [begin, end] }] of inOrder) {
    if (begin !== expected) {
      throw invalid(`expected "${name}" to begin at ${expected}, got ${begin}`);
    }
    expected = end;
  }
  if (expected !== bytes.length - dataStart) {
    throw invalid(
      `expected ${expected} bytes of values, got ${bytes.length - dataStart}`,
    );
  }
  const tensors = entries.map(([name, { dtype, shape, data_offsets }]) => {
    const [begin, end] = data_offsets.map((offset) => dataStart + offset);
    const { buffer } = bytes.slice(begin, end);
    const values = dtype === "F32"
      ? new Float32Array(buffer)
      : new Int32Array(buffer);
    return [name, tf.tensor(values, shape, dtypes[dtype])];
  });
  return {
    tensors: Object.fromEntries(tensors),
    metadata: metadata as Record<string, string>,
  };
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

function readHeader(bytes: Uint8Array) {
  if (bytes.length < lengthBytes) {
    throw invalid(`expected at least 8 bytes, got ${bytes.length} bytes`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, lengthBytes);
  const length = view.getBigUint64(0, true);
  const room = Math.min(bytes.length - lengthBytes, maxHeaderBytes);
  if (length > room) {
    throw invalid(`expected a header of at most ${room} bytes, got ${length}`);
  }
  const dataStart = lengthBytes + Number(length);
  let header: unknown;
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    header = JSON.parse(decoder.decode(bytes.subarray(lengthBytes, dataStart)));
  } catch (error) {
    throw invalid("expected a header of JSON", error);
  }
  if (!isRecord(header)) throw invalid("expected the header to be an object");
  return { header, dataStart };
}

function checkedEntry([name, value]: [string, unknown]): [string, Entry] {
  if (
    !isRecord(value) || !isSizes(value.shape) || !isSizes(value.data_offsets)
  ) {
    throw invalid(`expected "${name}" to have dtype, shape and data_offsets`);
  }
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isString(dtype) || !Object.hasOwn(dtypes, dtype)) {
    throw invalid(`expected dtype F32 or I32 of "${name}", got ${dtype}`);
  }
  const size = bytesPerValue * shape.reduce((a, b) => a * b, 1);
  if (offsets.length !== 2 || offsets[1] - offsets[0] !== size) {
    throw invalid(
      `expected ${size} bytes for "${name}" of shape [${shape}], got offsets [${offsets}]`,
    );
  }
  return [name, { dtype, shape, data_offsets: [offsets[0], offsets[1]] }];
}

const isString = (value: unknown) => typeof value === "string";
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) &&
  value.every((size) => Number.isSafeInteger(size) && size >= 0);

function invalid(reason: string, cause?: unknown) {
  return new RangeError(`Cannot decode safetensors: ${reason}`, { cause });
}
