/**
 * As much of the protocol-buffer wire format as graphs and TensorBoard's files need.
 *
 * @module
 */

const utf8 = new TextEncoder();

/** An encoded message, written field by field. */
export class Message {
  #buffer = new Uint8Array(64);
  #length = 0;

  /** Writes an integer, a bool or an enum; negative ones as 64 bits. */
  integer(field: number, value: number): this {
    return this.#varint(field * 8).#varint(value);
  }

  /** Writes a 32-bit float. */
  float(field: number, value: number): this {
    return this.#varint(field * 8 + 5).#append(floatBytes([value]));
  }

  /** Writes a 64-bit float. */
  double(field: number, value: number): this {
    const bytes = new Uint8Array(Float64Array.of(value).buffer);
    return this.#varint(field * 8 + 1).#append(bytes);
  }

  /** Writes a string, bytes or another message. */
  bytes(field: number, value: string | Uint8Array | Message): this {
    const content = typeof value === "string"
      ? utf8.encode(value)
      : value instanceof Message
      ? value.encode()
      : value;
    return this.#varint(field * 8 + 2).#varint(content.length).#append(content);
  }

  /** Writes packed integers. */
  integers(field: number, values: readonly number[]): this {
    const packed = new Message();
    for (const value of values) packed.#varint(value);
    return this.bytes(field, packed);
  }

  /** Writes packed 32-bit floats. */
  floats(field: number, values: readonly number[]): this {
    return this.bytes(field, floatBytes(values));
  }

  /** Writes an entry of a map from strings to messages or strings. */
  entry(field: number, key: string, value: string | Message): this {
    return this.bytes(field, new Message().bytes(1, key).bytes(2, value));
  }

  /** All fields written so far, a view. */
  encode(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  #varint(value: number): this {
    this.#reserve(10);
    if (value < 0) {
      let rest = BigInt.asUintN(64, BigInt(value));
      for (; rest > 127n; rest >>= 7n) {
        this.#buffer[this.#length++] = Number(rest & 127n) | 128;
      }
      this.#buffer[this.#length++] = Number(rest);
      return this;
    }
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) {
      this.#buffer[this.#length++] = rest % 128 | 128;
    }
    this.#buffer[this.#length++] = rest;
    return this;
  }

  #append(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
    larger.set(this.encode());
    this.#buffer = larger;
  }
}

/**
 * Reads a message: its values by field number, numbers of varints and bytes of the
 * rest.
 */
export function readFields(
  bytes: Uint8Array,
): Map<number, (number | Uint8Array)[]> {
  const fields = new Map<number, (number | Uint8Array)[]>();
  let at = 0;
  const integer = () => {
    let value = 0;
    for (let scale = 1;; scale *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  const take = (length: number) => bytes.subarray(at, at += length);
  while (at < bytes.length) {
    const tag = integer();
    const [field, wire] = [Math.floor(tag / 8), tag % 8];
    const value = wire === 0
      ? integer()
      : take(wire === 2 ? integer() : wire === 1 ? 8 : 4);
    fields.set(field, [...fields.get(field) ?? [], value]);
  }
  return fields;
}

function floatBytes(values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}
