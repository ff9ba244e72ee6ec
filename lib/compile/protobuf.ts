/**
 * As much of the protocol-buffer wire format as a graph needs.
 *
 * @module
 */

const utf8 = new TextEncoder();

/** An encoded message, written field by field. */
export class Message {
  #chunks: Uint8Array[] = [];
  #length = 0;

  /** Writes an integer, a bool or an enum; negative ones as 64 bits. */
  integer(field: number, value: number): this {
    return this.#push(varint(field * 8), varint(value));
  }

  /** Writes a 32-bit float. */
  float(field: number, value: number): this {
    return this.#push(varint(field * 8 + 5), floats([value]));
  }

  /** Writes a string, bytes or another message. */
  bytes(field: number, value: string | Uint8Array | Message): this {
    const content = typeof value === "string"
      ? utf8.encode(value)
      : value instanceof Message
      ? value.encode()
      : value;
    return this.#push(varint(field * 8 + 2), varint(content.length), content);
  }

  /** Writes packed integers. */
  integers(field: number, values: readonly number[]): this {
    return this.bytes(field, join(values.map(varint)));
  }

  /** Writes packed 32-bit floats. */
  floats(field: number, values: readonly number[]): this {
    return this.bytes(field, floats(values));
  }

  /** Writes an entry of a map from strings to messages. */
  entry(field: number, key: string, value: string | Message): this {
    return this.bytes(field, new Message().bytes(1, key).bytes(2, value));
  }

  /** All fields written so far. */
  encode(): Uint8Array {
    return join(this.#chunks, this.#length);
  }

  #push(...chunks: Uint8Array[]): this {
    for (const chunk of chunks) {
      this.#chunks.push(chunk);
      this.#length += chunk.length;
    }
    return this;
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

function varint(value: number): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

function floats(values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

function join(chunks: readonly Uint8Array[], length?: number): Uint8Array {
  const total = length ??
    chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const all = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
