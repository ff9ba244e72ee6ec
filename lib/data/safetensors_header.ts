import { isRecord } from "./json.ts";

/** What a safetensors header says of a tensor. */
export interface SafetensorsEntry {
  /** The format's name of the type, such as `"F32"`. */
  dtype: string;
  shape: number[];
  /** First byte and end, counted from the first value of the file. */
  data_offsets: [number, number];
}

/** A checked header: its tensors lie in the file without a gap or an overlap. */
export interface SafetensorsHeader {
  tensors: Map<string, SafetensorsEntry>;
  metadata: Record<string, string>;
}

/** The name that the format keeps for metadata. */
export const metadataName = "__metadata__";
/** Bytes before the header, which hold its length. */
export const lengthBytes = 8;
/** The longest header that the format allows. */
export const maxHeaderBytes = 100_000_000;

/**
 * Reads a header's length from a file's first 8 bytes.
 *
 * @param start The first bytes of the file.
 * @param fileBytes How long the file is.
 * @returns The bytes of JSON that follow.
 * @throws {RangeError} If the file is too short for it, or it is over 100 MB.
 */
export function headerLength(start: Uint8Array, fileBytes: number): number {
  if (fileBytes < lengthBytes) {
    throw invalid(`expected at least 8 bytes, got ${fileBytes} bytes`);
  }
  const view = new DataView(start.buffer, start.byteOffset, lengthBytes);
  const length = view.getBigUint64(0, true);
  const room = Math.min(fileBytes - lengthBytes, maxHeaderBytes);
  if (length > room) {
    throw invalid(`expected a header of at most ${room} bytes, got ${length}`);
  }
  return Number(length);
}

/**
 * Reads and checks a header.
 *
 * @param json The header's bytes.
 * @param valueBytes How many bytes of values follow it in the file.
 * @param widths The bytes of a value of each dtype that may occur.
 * @returns The tensors, in the header's order, and the metadata.
 * @throws {RangeError} If it is no header of such a file, saying where.
 */
export function parseHeader(
  json: Uint8Array,
  valueBytes: number,
  widths: Readonly<Record<string, number>>,
): SafetensorsHeader {
  const { [metadataName]: metadata = {}, ...rest } = parseRecord(json);
  if (!isStrings(metadata)) throw invalid("expected metadata of strings");
  const entries = Object.entries(rest).map(([name, value]) =>
    [name, checkedEntry(name, value, widths)] as const
  );
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
  if (expected !== valueBytes) {
    throw invalid(`expected ${expected} bytes of values, got ${valueBytes}`);
  }
  return { tensors: new Map(entries), metadata };
}

/** Whether a value is an object whose values are strings. */
export function isStrings(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every(isString);
}

function parseRecord(json: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    header = JSON.parse(decoder.decode(json));
  } catch (error) {
    throw invalid("expected a header of JSON", error);
  }
  if (!isRecord(header)) throw invalid("expected the header to be an object");
  return header;
}

function checkedEntry(
  name: string,
  value: unknown,
  widths: Readonly<Record<string, number>>,
): SafetensorsEntry {
  if (
    !isRecord(value) || !isSizes(value.shape) || !isSizes(value.data_offsets)
  ) {
    throw invalid(`expected "${name}" to have dtype, shape and data_offsets`);
  }
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isString(dtype) || !Object.hasOwn(widths, dtype)) {
    const known = Object.keys(widths);
    const expected = `${known.slice(0, -1).join(", ")} or ${known.at(-1)}`;
    throw invalid(
      `expected dtype ${expected} of "${name}", got ${JSON.stringify(dtype)}`,
    );
  }
  const size = widths[dtype] * shape.reduce((a, b) => a * b, 1);
  if (offsets.length !== 2 || offsets[1] - offsets[0] !== size) {
    throw invalid(
      `expected ${size} bytes for "${name}" of shape [${shape}], got offsets [${offsets}]`,
    );
  }
  return { dtype, shape, data_offsets: [offsets[0], offsets[1]] };
}

const isString = (value: unknown): value is string => typeof value === "string";
const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) &&
  value.every((size) => Number.isSafeInteger(size) && size >= 0);

function invalid(reason: string, cause?: unknown) {
  return new RangeError(`Cannot decode safetensors: ${reason}`, { cause });
}
