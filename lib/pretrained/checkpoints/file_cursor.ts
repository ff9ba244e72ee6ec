import { readExactly } from "./stored_tensor.ts";

/** The bytes that are read at first; as many again whenever they do not reach. */
const firstBytes = 2 ** 20;

/**
 * Reads the values of a header one after the other, little-endian. The file is read
 * only as far as they go, and nothing is made larger than what is left of it.
 */
export class FileCursor {
  /** Where in the file the next value is. */
  at = 0;
  readonly size: number;
  readonly #file: Deno.FsFile;
  readonly #path: string;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #bytes = new Uint8Array();
  #view = new DataView(this.#bytes.buffer);

  constructor(file: Deno.FsFile, path: string) {
    this.#file = file;
    this.#path = path;
    this.size = file.statSync().size;
  }

  /** The bytes read so far, of which the next `count` after `at` are some. */
  view(count: number): DataView {
    const end = this.at + count;
    if (end > this.size) {
      this.fail(
        `expected ${count} bytes at ${this.at}, got ${this.size - this.at}`,
      );
    }
    if (end > this.#bytes.length) this.#readUpTo(end);
    return this.#view;
  }

  uint32(): number {
    const value = this.view(4).getUint32(this.at, true);
    this.at += 4;
    return value;
  }

  /** A size or a place: an unsigned integer of 64 bits. */
  uint64(): number {
    const view = this.view(8);
    const high = view.getUint32(this.at + 4, true);
    const value = high * 2 ** 32 + view.getUint32(this.at, true);
    if (!Number.isSafeInteger(value)) {
      this.fail(`expected a size at ${this.at}, got ${value}`);
    }
    this.at += 8;
    return value;
  }

  string(): string {
    const length = this.uint64();
    this.view(length);
    const begin = this.at;
    this.at += length;
    try {
      return this.#decoder.decode(this.#bytes.subarray(begin, this.at));
    } catch {
      return this.fail(`expected text at ${begin}, got other bytes`);
    }
  }

  skip(count: number): void {
    this.view(count);
    this.at += count;
  }

  fail(reason: string): never {
    throw new RangeError(`Cannot read ${this.#path}: ${reason}`);
  }

  #readUpTo(end: number): void {
    const length = Math.max(end, firstBytes, 2 * this.#bytes.length);
    const bytes = new Uint8Array(Math.min(length, this.size));
    bytes.set(this.#bytes);
    readExactly(
      { file: this.#file, path: this.#path },
      this.#bytes.length,
      bytes.subarray(this.#bytes.length),
    );
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
