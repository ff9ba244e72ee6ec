import { backend } from "./backend.ts";

/** Where TensorFlow has values begin, in bytes: `EIGEN_MAX_ALIGN_BYTES`. */
const alignment = 64;

/**
 * From this size on, in bytes, values are given to TensorFlow as they lie. Smaller ones
 * cost nothing to copy.
 */
const sharedFrom = 2 ** 18;

/**
 * Makes an array, of zeros, to be filled with the values of a tensor. On native
 * TensorFlow `tf.tensor` of a large one then holds this very memory, until it is
 * disposed and the garbage is collected; do not write to it any more.
 *
 * TensorFlow takes memory as it is where it begins at a multiple of 64 bytes, and copies
 * it else (`TF_NewTensor` in tensorflow/c/tf_tensor.cc). Large arrays of JavaScript never
 * do: they begin 16 bytes into a page.
 *
 * @param dtype The type.
 * @param size How many values.
 * @returns The array.
 */
export function tensorValues(
  dtype: "float32" | "int32",
  size: number,
): Float32Array | Int32Array {
  const Values = dtype === "float32" ? Float32Array : Int32Array;
  const bytes = size * Values.BYTES_PER_ELEMENT;
  if (backend.name !== "tensorflow" || bytes < sharedFrom) {
    return new Values(size);
  }
  const memory = new Uint8Array(bytes + alignment);
  const address = Deno.UnsafePointer.value(Deno.UnsafePointer.of(memory));
  const start = (alignment - Number(address % BigInt(alignment))) % alignment;
  return new Values(memory.buffer, start, size);
}
