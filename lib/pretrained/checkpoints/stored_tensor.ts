import { type Tensor, tf } from "../../tf/backend.ts";
import { tensorValues } from "../../tf/tensor_values.ts";
import type { Encoding } from "./encodings.ts";

/** A tensor in an open file. */
export interface StoredTensor {
  /** The file's path, for messages. */
  readonly path: string;
  readonly file: Deno.FsFile;
  /** Where in the file its first byte is. */
  readonly offset: number;
  readonly shape: readonly number[];
  /** The file's name of the type. */
  readonly dtype: string;
  /** How to read it; missing where nothing here can. */
  readonly encoding?: Encoding;
  /** Puts the rows in the hub's order, where the file has another. */
  readonly reorder?: (tensor: Tensor) => Tensor;
}

/** The bytes that are decoded at a time: few enough to stay in the processor's cache. */
const chunkBytes = 2 ** 18;

/**
 * Reads a tensor: just its bytes, straight into the values where they are stored as
 * they are, else decoded a chunk at a time.
 *
 * @param stored Where it is.
 * @returns The tensor, which the caller disposes.
 * @throws {RangeError} If the file ends before it, or it holds integers beyond int32.
 */
export function readStored(stored: StoredTensor): Tensor {
  const { shape, encoding, dtype, path, reorder } = stored;
  if (!encoding) {
    throw new RangeError(`Cannot read ${path}: expected numbers, got ${dtype}`);
  }
  const size = shape.reduce((a, b) => a * b, 1);
  const values = tensorValues(encoding.dtype, size);
  if (encoding.decode) decodeChunks(stored, encoding, values);
  else {
    const { buffer, byteOffset, byteLength } = values;
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    readExactly(stored, stored.offset, bytes);
  }
  return tf.tidy(() => {
    const tensor = tf.tensor(values, [...shape], encoding.dtype);
    return reorder ? reorder(tensor) : tensor;
  });
}

function decodeChunks(
  stored: StoredTensor,
  { blockBytes, blockValues, decode }: Encoding,
  values: Float32Array | Int32Array,
) {
  const blocks = values.length / blockValues;
  const step = Math.min(blocks, Math.ceil(chunkBytes / blockBytes));
  const chunk = new Uint8Array(step * blockBytes);
  for (let block = 0; block < blocks; block += step) {
    const end = Math.min(block + step, blocks);
    const bytes = chunk.subarray(0, (end - block) * blockBytes);
    readExactly(stored, stored.offset + block * blockBytes, bytes);
    decode!(bytes, values.subarray(block * blockValues, end * blockValues));
  }
}

/**
 * Fills bytes from a place in a file.
 *
 * @param from The file, and its path for messages.
 * @param offset Where to begin.
 * @param bytes What to fill.
 * @throws {RangeError} If the file ends before.
 */
export function readExactly(
  { file, path }: { file: Deno.FsFile; path: string },
  offset: number,
  bytes: Uint8Array,
): void {
  // Seek and read without a pause between them: reads may overlap.
  file.seekSync(offset, Deno.SeekMode.Start);
  for (let done = 0; done < bytes.length;) {
    const count = file.readSync(bytes.subarray(done));
    if (count === null) {
      throw new RangeError(
        `Cannot read ${path}: expected ${bytes.length} bytes at ${offset}, got ${done}`,
      );
    }
    done += count;
  }
}
