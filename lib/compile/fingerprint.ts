import { createHash } from "node:crypto";
import { type Tensor, tf } from "../tf/backend.ts";
import { kernelsOf } from "./kernels.ts";
import { mainGraph } from "./main_graph.ts";
import { canTrace } from "./native_backend.ts";
import { trace } from "./trace.ts";

/**
 * Fingerprints what a function computes, so that a kept result of another function is
 * not taken for this one's. Two functions that do the same ops, with the same numbers
 * and the same tensors closed over, have one fingerprint, however they are written.
 *
 * On native TensorFlow it is the hash of the function's trace and of the values that it
 * closes over. Elsewhere it is that of the kernels that run for these arguments, with
 * their attributes, and of all values that come from outside of them. What a function
 * decides in JavaScript after reading a value is seen only as it falls out here.
 *
 * @param fn The function, as {@linkcode compile} takes it.
 * @param args Its arguments, trees of tensors, which stay.
 * @returns 32 hexadecimal digits.
 *
 * @example
 * ```ts
 * import { fingerprint, tf, type Tensor } from "kit";
 * import { assertEquals, assertNotEquals } from "@std/assert";
 *
 * const times = (by: number) => (x: Tensor) => tf.mul(x, by);
 * const x = tf.tensor1d([1, 2]);
 * const [one, same, other] = await Promise.all(
 *   [times(2), times(2), times(3)].map((fn) => fingerprint(fn, [x])),
 * );
 * assertEquals(one, same);
 * assertNotEquals(one, other);
 * x.dispose();
 * ```
 */
export async function fingerprint<Args extends unknown[]>(
  fn: (...args: Args) => unknown,
  args: Args,
): Promise<string> {
  const hash = createHash("sha256");
  if (!canTrace) {
    const { lines, captured } = kernelsOf(fn, args);
    hash.update(lines.join("\n"));
    await hashValues(hash, captured);
    tf.dispose(captured);
  } else {
    const traced = trace(fn, args);
    const graph = mainGraph(traced, { resident: 0, xla: false });
    hash.update(graph.encode());
    await hashValues(hash, traced.captures.map(({ tensor }) => tensor));
  }
  return hash.digest("hex").slice(0, 32);
}

/** Adds the types, the shapes and the values of tensors to a hash. */
async function hashValues(
  hash: ReturnType<typeof createHash>,
  tensors: readonly Tensor[],
): Promise<void> {
  for (const tensor of tensors) {
    hash.update(`${tensor.dtype} [${tensor.shape}]`);
    hash.update(await valuesHash(tensor));
  }
}

/** The hashes of values by what holds them, which never gets others. */
const known = new WeakMap<object, Uint8Array>();

/** The hash of a tensor's values: a large model is read once, not at every fingerprint. */
async function valuesHash(tensor: Tensor): Promise<Uint8Array> {
  const { dataId } = tensor;
  const before = known.get(dataId);
  if (before) return before;
  const { buffer, byteOffset, byteLength } = await tensor.data();
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  const hash = createHash("sha256").update(bytes).digest();
  known.set(dataId, hash);
  return hash;
}
