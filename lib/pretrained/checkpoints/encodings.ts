/** How a tensor's values lie in a file: in blocks of a fixed size. */
export interface Encoding {
  /** What the values become. */
  readonly dtype: "float32" | "int32";
  /** The values of a block. */
  readonly blockValues: number;
  /** The bytes of a block. */
  readonly blockBytes: number;
  /**
   * Decodes whole blocks. Missing where the bytes are the values' own, so that the
   * file is read straight into them.
   */
  readonly decode?: (
    bytes: Uint8Array,
    values: Float32Array | Int32Array,
  ) => void;
}

/** The float32 of each float16, by its bits. */
export const float16Values: Float32Array = new Float32Array(
  new Float16Array(Uint16Array.from({ length: 2 ** 16 }, (_, i) => i).buffer),
);

/** Encodings of a value at a time, by the names of safetensors. */
export const encodings: Readonly<Record<string, Encoding>> = {
  F32: { dtype: "float32", blockValues: 1, blockBytes: 4 },
  F16: { dtype: "float32", blockValues: 1, blockBytes: 2, decode: fromFloat16 },
  BF16: {
    dtype: "float32",
    blockValues: 1,
    blockBytes: 2,
    decode: fromBfloat16,
  },
  I32: { dtype: "int32", blockValues: 1, blockBytes: 4 },
  I64: { dtype: "int32", blockValues: 1, blockBytes: 8, decode: fromInt64 },
};

function fromFloat16(bytes: Uint8Array, values: Float32Array | Int32Array) {
  const bits = new Uint16Array(bytes.buffer, bytes.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) values[i] = float16Values[bits[i]];
}

/** A bfloat16 is the upper half of a float32. */
function fromBfloat16(bytes: Uint8Array, values: Float32Array | Int32Array) {
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, values.length);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) bits[i] = halves[i] << 16;
}

function fromInt64(bytes: Uint8Array, values: Float32Array | Int32Array) {
  const wide = new BigInt64Array(bytes.buffer, bytes.byteOffset, values.length);
  for (let i = 0; i < wide.length; i++) {
    values[i] = Number(wide[i]);
    if (BigInt(values[i]) !== wide[i]) {
      throw new RangeError(`expected integers of 32 bits, got ${wide[i]}`);
    }
  }
}
