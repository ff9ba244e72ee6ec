import { ggufEncodings } from "./dequantise.ts";
import { FileCursor } from "./file_cursor.ts";
import type { StoredTensor } from "./stored_tensor.ts";

/** A value of the metadata, or a list of them. */
export type GgufValue = GgufItem | GgufItem[];
type GgufItem = string | number | boolean;

/** The header of a GGUF file: what it says of itself, and where its tensors are. */
export interface GgufHeader {
  /** The value of a key; decoded when it is asked for, as vocabularies are long. */
  value(key: string): GgufValue | undefined;
  /** The tensors by the file's names, their shapes in the order of the hub. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

const magic = 0x46554747; // "GGUF", little-endian
const maxDims = 4;
const defaultAlignment = 32;
const stringType = 8;
const arrayType = 9;

/** The bytes of a number (or a truth) of each type, and how it is read. */
const numbers = new Map<
  number,
  [width: number, read: (view: DataView, at: number) => number | boolean]
>([
  [0, [1, (view, at) => view.getUint8(at)]],
  [1, [1, (view, at) => view.getInt8(at)]],
  [2, [2, (view, at) => view.getUint16(at, true)]],
  [3, [2, (view, at) => view.getInt16(at, true)]],
  [4, [4, (view, at) => view.getUint32(at, true)]],
  [5, [4, (view, at) => view.getInt32(at, true)]],
  [6, [4, (view, at) => view.getFloat32(at, true)]],
  [7, [1, (view, at) => view.getUint8(at) !== 0]],
  [10, [8, (view, at) => Number(view.getBigUint64(at, true))]],
  [11, [8, (view, at) => Number(view.getBigInt64(at, true))]],
  [12, [8, (view, at) => view.getFloat64(at, true)]],
]);

/**
 * Reads and checks the header of a GGUF file (version 2 or 3, little-endian). Not by
 * `@huggingface/gguf`: 0.4.6 decodes every token one by one, which takes longer than to
 * read the whole of a small model; it pads its buffer with zeros, so that a header cut
 * short is read as one of empty names; and it brings 6 MB that is not needed here.
 *
 * @param file The open file.
 * @param path Its path, for messages.
 * @returns The header; it keeps its bytes, not the file's.
 * @throws {RangeError} If it is no such file, is cut short, or holds a tensor in an
 * encoding that cannot be read here, naming it.
 */
export function readGgufHeader(file: Deno.FsFile, path: string): GgufHeader {
  const cursor = new FileCursor(file, path);
  if (cursor.uint32() !== magic) cursor.fail("expected it to begin with GGUF");
  const version = cursor.uint32();
  if (version !== 2 && version !== 3) {
    cursor.fail(`expected version 2 or 3, got ${version}`);
  }
  const tensorCount = cursor.uint64();
  const keyCount = cursor.uint64();
  const places = new Map<string, number>();
  for (let i = 0; i < keyCount; i++) {
    const key = cursor.string();
    if (places.has(key)) cursor.fail(`expected one "${key}", got two`);
    places.set(key, cursor.at);
    skipValue(cursor);
  }
  const value = (key: string) => {
    const at = places.get(key);
    return at === undefined ? undefined : valueAt(cursor, at);
  };
  const infos = new Map<string, TensorInfo>();
  for (let i = 0; i < tensorCount; i++) {
    const name = cursor.string();
    if (infos.has(name)) cursor.fail(`expected one "${name}", got two`);
    infos.set(name, tensorInfo(cursor, name));
  }
  const end = cursor.at;
  const alignment = value("general.alignment") ?? defaultAlignment;
  if (typeof alignment !== "number" || !(alignment > 0)) {
    cursor.fail(`expected general.alignment of bytes, got ${alignment}`);
  }
  const tensors = placeTensors(cursor, infos, end, Number(alignment));
  return {
    value,
    tensors: new Map(
      tensors.map(([name, place]) => [name, { ...place, path, file }]),
    ),
  };
}

/** Goes past a value, checking its types and that it is there. */
function skipValue(cursor: FileCursor): void {
  const type = cursor.uint32();
  if (type !== arrayType) return skipItems(cursor, type, 1);
  const itemType = cursor.uint32();
  skipItems(cursor, itemType, cursor.uint64());
}

function skipItems(cursor: FileCursor, type: number, count: number): void {
  const number = numbers.get(type);
  if (number) return cursor.skip(number[0] * count);
  if (type !== stringType) {
    cursor.fail(`expected numbers or texts at ${cursor.at}, got type ${type}`);
  }
  for (let i = 0; i < count; i++) cursor.skip(cursor.uint64());
}

function valueAt(cursor: FileCursor, at: number): GgufValue {
  cursor.at = at;
  const type = cursor.uint32();
  if (type !== arrayType) return items(cursor, type, 1)[0];
  const itemType = cursor.uint32();
  return items(cursor, itemType, cursor.uint64());
}

function items(
  cursor: FileCursor,
  type: number,
  count: number,
): GgufItem[] {
  const number = numbers.get(type);
  return Array.from({ length: count }, () => {
    if (!number) return cursor.string();
    const [width, read] = number;
    const value = read(cursor.view(width), cursor.at);
    cursor.at += width;
    return value;
  });
}

interface TensorInfo {
  shape: number[];
  type: number;
  offset: number;
}

function tensorInfo(cursor: FileCursor, name: string): TensorInfo {
  const dims = cursor.uint32();
  if (dims > maxDims) {
    cursor.fail(`expected at most ${maxDims} axes of "${name}", got ${dims}`);
  }
  // The file names the axis first whose values lie side by side.
  const shape = Array.from({ length: dims }, () => cursor.uint64()).reverse();
  return { shape, type: cursor.uint32(), offset: cursor.uint64() };
}

/** Finds where tensors lie: one after the other, each at the next aligned byte. */
function placeTensors(
  cursor: FileCursor,
  infos: ReadonlyMap<string, TensorInfo>,
  headerEnd: number,
  alignment: number,
): [string, Omit<StoredTensor, "path" | "file">][] {
  const align = (at: number) => Math.ceil(at / alignment) * alignment;
  const dataStart = align(headerEnd);
  let end = 0;
  return Array.from(infos, ([name, { shape, type, offset }]) => {
    const [dtype, encoding] = ggufEncodings.get(type) ??
      cursor.fail(`expected "${name}" in ${known()}, got type ${type}`);
    const { blockValues, blockBytes } = encoding;
    if ((shape.at(-1) ?? 1) % blockValues !== 0) {
      cursor.fail(
        `expected rows of ${blockValues}s in "${name}" of ${dtype}, got shape [${shape}]`,
      );
    }
    if (offset !== align(end)) {
      cursor.fail(`expected "${name}" at ${align(end)}, got ${offset}`);
    }
    const size = shape.reduce((a, b) => a * b, 1);
    end = offset + size / blockValues * blockBytes;
    if (!(dataStart + end <= cursor.size)) {
      cursor.fail(
        `expected "${name}" of shape [${shape}] to end by ${cursor.size}, got ${
          dataStart + end
        }`,
      );
    }
    return [name, { dtype, shape, encoding, offset: dataStart + offset }];
  });
}

const known = () =>
  [...ggufEncodings.values()].map(([name]) => name).join(", ");
