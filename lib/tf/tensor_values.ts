import { backend, tf } from "./backend.ts";

/** Where TensorFlow has values begin, in bytes: `EIGEN_MAX_ALIGN_BYTES`. */
const alignment = 64;

/**
 * From this size on, in bytes, values are given to TensorFlow as they lie. Smaller ones
 * cost nothing to copy.
 */
const sharedFrom = 2 ** 18;

/** Whether tensors may hold memory of JavaScript: native TensorFlow on a processor. */
export function sharesMemory(): boolean {
  const native = tf.backend() as unknown as { isUsingGpuDevice?: boolean };
  return backend.name === "tensorflow" && !native.isUsingGpuDevice;
}

/**
 * Makes an array, of zeros, to be filled with the values of a tensor. On a processor
 * under native TensorFlow, `tf.tensor` of a large one then holds this very memory, until
 * it is disposed and the garbage is collected; do not write to it any more. Elsewhere the
 * backend copies it to memory of its own.
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
  if (!sharesMemory() || bytes < sharedFrom) return new Values(size);
  const memory = new Uint8Array(bytes + alignment);
  const address = Deno.UnsafePointer.value(Deno.UnsafePointer.of(memory));
  const start = (alignment - Number(address % BigInt(alignment))) % alignment;
  return new Values(memory.buffer, start, size);
}
