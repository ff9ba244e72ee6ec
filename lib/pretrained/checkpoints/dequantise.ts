import { type Encoding, encodings, float16Values } from "./encodings.ts";

/**
 * The encodings of GGUF, by their numbers in the file. The layouts are those of
 * `block_q4_1` and its like in `ggml-common.h` of llama.cpp: a block of values shares
 * a float16 scale `d`, and a least value `m` where it has one. Every product below is
 * exact in float64, so the one rounding, to float32, is that of the reference
 * (`gguf.quants.dequantize` of Python).
 */
export const ggufEncodings: ReadonlyMap<number, [string, Encoding]> = new Map<
  number,
  [string, Encoding]
>([
  [0, ["F32", encodings.F32]],
  [1, ["F16", encodings.F16]],
  [2, ["Q4_0", block(32, 18, decodeQ4_0)]],
  [3, ["Q4_1", block(32, 20, decodeQ4_1)]],
  [6, ["Q5_0", block(32, 22, decodeQ5_0)]],
  [8, ["Q8_0", block(32, 34, decodeQ8_0)]],
  [12, ["Q4_K", block(256, 144, decodeQ4_K)]],
  [14, ["Q6_K", block(256, 210, decodeQ6_K)]],
  [30, ["BF16", encodings.BF16]],
]);

type Values = Float32Array | Int32Array;

function block(
  blockValues: number,
  blockBytes: number,
  decode: NonNullable<Encoding["decode"]>,
): Encoding {
  return { dtype: "float32", blockValues, blockBytes, decode };
}

function float16At(bytes: Uint8Array, at: number): number {
  return float16Values[bytes[at] | bytes[at + 1] << 8];
}

/** `d * (q - 8)`: d, then 16 bytes of the values j (low half) and j + 16 (high half). */
function decodeQ4_0(bytes: Uint8Array, values: Values) {
  for (let at = 0, to = 0; at < bytes.length; at += 18, to += 32) {
    const d = float16At(bytes, at);
    for (let j = 0; j < 16; j++) {
      const pair = bytes[at + 2 + j];
      values[to + j] = d * ((pair & 15) - 8);
      values[to + 16 + j] = d * ((pair >> 4) - 8);
    }
  }
}

/** `d q + m`: d, m, then 16 bytes as those of Q4_0. */
function decodeQ4_1(bytes: Uint8Array, values: Values) {
  for (let at = 0, to = 0; at < bytes.length; at += 20, to += 32) {
    const d = float16At(bytes, at);
    const m = float16At(bytes, at + 2);
    for (let j = 0; j < 16; j++) {
      const pair = bytes[at + 4 + j];
      values[to + j] = d * (pair & 15) + m;
      values[to + 16 + j] = d * (pair >> 4) + m;
    }
  }
}

/** `d * (q - 16)`: d, the fifth bits of 32 values, then 16 bytes as those of Q4_0. */
function decodeQ5_0(bytes: Uint8Array, values: Values) {
  for (let at = 0, to = 0; at < bytes.length; at += 22, to += 32) {
    const d = float16At(bytes, at);
    const low = bytes[at + 2] | bytes[at + 3] << 8;
    const high = bytes[at + 4] | bytes[at + 5] << 8;
    for (let j = 0; j < 16; j++) {
      const pair = bytes[at + 6 + j];
      const first = (pair & 15) | ((low >> j) & 1) << 4;
      const second = (pair >> 4) | ((high >> j) & 1) << 4;
      values[to + j] = d * (first - 16);
      values[to + 16 + j] = d * (second - 16);
    }
  }
}

/** `d q`: d, then 32 signed bytes. */
function decodeQ8_0(bytes: Uint8Array, values: Values) {
  const signed = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0, to = 0; at < bytes.length; at += 34, to += 32) {
    const d = float16At(bytes, at);
    for (let j = 0; j < 32; j++) values[to + j] = d * signed[at + 2 + j];
  }
}

/**
 * `d s q - m t`: d, m, then 12 bytes of a scale s and a least value t (6 bits each) of
 * eight runs of 32 values, then 32 bytes for each two runs, as those of Q4_0.
 */
function decodeQ4_K(bytes: Uint8Array, values: Values) {
  for (let at = 0, to = 0; at < bytes.length; at += 144, to += 256) {
    const d = float16At(bytes, at);
    const m = float16At(bytes, at + 2);
    const packed = at + 4;
    for (let run = 0; run < 8; run += 2) {
      const scale0 = d * scaleQ4_K(bytes, packed, run);
      const least0 = m * leastQ4_K(bytes, packed, run);
      const scale1 = d * scaleQ4_K(bytes, packed, run + 1);
      const least1 = m * leastQ4_K(bytes, packed, run + 1);
      const from = at + 16 + 16 * run;
      const out = to + 32 * run;
      for (let j = 0; j < 32; j++) {
        const pair = bytes[from + j];
        values[out + j] = scale0 * (pair & 15) - least0;
        values[out + 32 + j] = scale1 * (pair >> 4) - least1;
      }
    }
  }
}

/** The scale of a run: 6 bits of a byte, or 4 of one and the top 2 of another. */
function scaleQ4_K(bytes: Uint8Array, packed: number, run: number): number {
  return run < 4
    ? bytes[packed + run] & 63
    : (bytes[packed + run + 4] & 15) | (bytes[packed + run - 4] >> 6) << 4;
}

function leastQ4_K(bytes: Uint8Array, packed: number, run: number): number {
  return run < 4
    ? bytes[packed + run + 4] & 63
    : bytes[packed + run + 4] >> 4 | (bytes[packed + run] >> 6) << 4;
}

/**
 * `d s (q - 32)`: 128 bytes of the low 4 bits, 64 of the high 2, a signed scale s for
 * each 16 values, then d. Each half of the block is four runs of 32.
 */
function decodeQ6_K(bytes: Uint8Array, values: Values) {
  const signed = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0, to = 0; at < bytes.length; at += 210, to += 256) {
    const d = float16At(bytes, at + 208);
    for (let half = 0; half < 2; half++) {
      const low = at + 64 * half;
      const high = at + 128 + 32 * half;
      const scales = at + 192 + 8 * half;
      const out = to + 128 * half;
      for (let j = 0; j < 32; j++) {
        const first = bytes[low + j], second = bytes[low + 32 + j];
        const top = bytes[high + j];
        const scale = scales + (j >> 4);
        values[out + j] = d * signed[scale] *
          (((first & 15) | (top & 3) << 4) - 32);
        values[out + 32 + j] = d * signed[scale + 2] *
          (((second & 15) | (top >> 2 & 3) << 4) - 32);
        values[out + 64 + j] = d * signed[scale + 4] *
          ((first >> 4 | (top >> 4 & 3) << 4) - 32);
        values[out + 96 + j] = d * signed[scale + 6] *
          ((second >> 4 | (top >> 6) << 4) - 32);
      }
    }
  }
}
