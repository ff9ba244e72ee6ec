import { backend, type Tensor, tf } from "./backend.ts";
import { statelessBits, toNormals, toUniform } from "./philox.ts";

// Sets the keys that are folded apart from the keys that are drawn from.
const foldOffset = 0x3243f6a8;

/**
 * Makes random keys from seeds. Every draw of the kit comes from a key: the same
 * key and shape give the same numbers, on every backend.
 *
 * @param seeds Integers in [0, 2^31), one a member or one a row.
 * @returns int32 `[S, 2]`, which the caller disposes.
 * @throws {RangeError} If a seed is no such integer, or there is none.
 *
 * @example
 * ```ts
 * import { keys, normal, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const draw = () => tf.tidy(() => normal(keys([7]), [3]));
 * const [x, same] = [draw(), draw()];
 * assertEquals(await x.data(), await same.data());
 * tf.dispose([x, same]);
 * ```
 */
export function keys(seeds: readonly number[]): Tensor {
  if (seeds.length === 0) {
    throw new RangeError("Expected seeds to have at least one, got none");
  }
  for (const seed of seeds) {
    if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 31) {
      throw new RangeError(
        `Expected seeds to be integers in [0, 2^31), got ${seed}`,
      );
    }
  }
  const rows = seeds.flatMap((seed) => [seed, 0]);
  return tf.tensor2d(rows, [seeds.length, 2], "int32");
}

/**
 * Derives independent keys:
 *
 *     key' = bits(key + [offset, data])
 *
 * the first 64 random bits of the stream of the shifted key. Shifts differ for
 * different data, so the streams do; the offset sets them apart from what is drawn
 * from the key itself. Fold a purpose, an iteration or an index into a key rather
 * than draw from it twice.
 *
 * @param keys int32 `[S, 2]`.
 * @param data An integer, or an int32 scalar such as an iteration.
 * @returns int32 `[S, 2]`, which the caller disposes; row s depends on `keys[s]`
 * and `data` only.
 * @throws {TypeError} If `keys` are not keys or `data` is no int32 scalar.
 * @throws {RangeError} If `data` is a number but no int32.
 *
 * @example
 * ```ts
 * import { foldIn, keys, tf, uniform } from "kit";
 * import { assertNotEquals } from "@std/assert";
 *
 * const draw = (n: number) => tf.tidy(() => uniform(foldIn(keys([7]), n), []));
 * const [x, other] = [draw(0), draw(1)];
 * assertNotEquals(await x.data(), await other.data());
 * tf.dispose([x, other]);
 * ```
 */
export function foldIn(keys: Tensor, data: number | Tensor): Tensor {
  assertKeys(keys);
  if (typeof data === "number") {
    if ((data | 0) !== data) {
      throw new RangeError(`Expected data to be an int32, got ${data}`);
    }
  } else if (data.rank !== 0 || data.dtype !== "int32") {
    throw new TypeError(
      `Expected data to be an int32 scalar, got ${data.dtype} [${data.shape}]`,
    );
  }
  if (backend.name === "tensorflow") {
    return tf.tidy(() => {
      const shift = tf.stack([
        tf.scalar(foldOffset, "int32"),
        typeof data === "number" ? tf.scalar(data, "int32") : data,
      ]);
      const op = "StatelessRandomUniformFullInt";
      return nativeRows(op, "int32", tf.add(keys, shift), [2]);
    });
  }
  const n = typeof data === "number" ? data : data.dataSync()[0];
  const rows = seedsOf(keys).flatMap(([a, b]) => {
    const shifted = [(a + foldOffset) | 0, (b + n) | 0] as const;
    return [...Int32Array.from(statelessBits(shifted, 2))];
  });
  return tf.tensor2d(rows, [keys.shape[0], 2], "int32");
}

/**
 * Draws standard normals.
 *
 * On native TensorFlow it is `StatelessRandomNormal`. Elsewhere the same stream is
 * computed in TypeScript, which reads the values of the keys at once. WebGPU can read
 * at once only what was made of JavaScript values: use keys that {@linkcode keys},
 * {@linkcode foldIn} or a file made, not keys that another operation computed.
 *
 * @param keys int32 `[S, 2]`, such as {@linkcode keys} makes.
 * @param shape The shape of the draw of one key.
 * @returns float32 `[S, ...shape]`, which the caller disposes; row s depends on
 * `keys[s]` only.
 * @throws {TypeError} If `keys` are not keys.
 *
 * @example
 * ```ts
 * import { keys, normal, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const noise = tf.tidy(() => normal(keys([0, 1, 2]), [64, 2]));
 * assertEquals(noise.shape, [3, 64, 2]);
 * noise.dispose();
 * ```
 */
export function normal(keys: Tensor, shape: readonly number[]): Tensor {
  return draw(keys, shape, "StatelessRandomNormal", (bits, i) => {
    const [first, second] = [bits[i - i % 2], bits[i - i % 2 + 1]];
    return toNormals(first, second)[i % 2];
  });
}

/**
 * Draws uniform numbers in [0, 1), as {@linkcode normal} draws normals.
 *
 * @param keys int32 `[S, 2]`.
 * @param shape The shape of the draw of one key.
 * @returns float32 `[S, ...shape]`, which the caller disposes; row s depends on
 * `keys[s]` only.
 * @throws {TypeError} If `keys` are not keys.
 *
 * @example
 * ```ts
 * import { keys, tf, uniform } from "kit";
 * import { assert } from "@std/assert";
 *
 * const values = tf.tidy(() => uniform(keys([0]), [100]));
 * assert((await values.data()).every((value) => value >= 0 && value < 1));
 * values.dispose();
 * ```
 */
export function uniform(keys: Tensor, shape: readonly number[]): Tensor {
  return draw(keys, shape, "StatelessRandomUniform", (bits, i) => {
    return toUniform(bits[i]);
  });
}

/** Draws float32 rows: natively, or the `i`-th number by `value` from the same bits. */
function draw(
  keys: Tensor,
  shape: readonly number[],
  op: string,
  value: (bits: Uint32Array, i: number) => number,
): Tensor {
  assertKeys(keys);
  if (backend.name === "tensorflow") {
    return nativeRows(op, "float32", keys, shape);
  }
  const size = shape.reduce((product, axis) => product * axis, 1);
  const values = seedsOf(keys).flatMap((seed) => {
    const bits = statelessBits(seed, size + size % 2);
    return Array.from({ length: size }, (_, i) => value(bits, i));
  });
  return tf.tensor(values, [keys.shape[0], ...shape], "float32");
}

/** What the native backend offers beyond TensorFlow.js's own kernels. */
interface NativeBackend {
  binding: Record<"TF_ATTR_TYPE" | "TF_FLOAT" | "TF_INT32", number>;
  executeSingleOutput(
    op: string,
    attributes: unknown[],
    inputs: Tensor[],
  ): Tensor;
}

/** Runs a stateless operation once a key and stacks the rows. */
function nativeRows(
  op: string,
  dtype: "float32" | "int32",
  keys: Tensor,
  shape: readonly number[],
): Tensor {
  return tf.tidy(() => {
    const native = tf.backend() as unknown as NativeBackend;
    const { TF_ATTR_TYPE: type, TF_FLOAT, TF_INT32 } = native.binding;
    const attributes = [
      { name: "dtype", type, value: dtype === "float32" ? TF_FLOAT : TF_INT32 },
      { name: "T", type, value: TF_INT32 },
      { name: "Tseed", type, value: TF_INT32 },
    ];
    const size = tf.tensor1d([...shape], "int32");
    const rows = tf.unstack(keys).map((key) =>
      native.executeSingleOutput(op, attributes, [size, key])
    );
    return rows.length === 1 ? tf.expandDims(rows[0], 0) : tf.stack(rows);
  });
}

function seedsOf(keys: Tensor): [number, number][] {
  const values = keys.dataSync();
  return Array.from(
    { length: keys.shape[0] },
    (_, s) => [values[2 * s], values[2 * s + 1]],
  );
}

function assertKeys(keys: Tensor): void {
  if (keys.rank !== 2 || keys.shape[1] !== 2 || keys.dtype !== "int32") {
    throw new TypeError(
      `Expected keys of type int32 and shape [S, 2], got ${keys.dtype} [${keys.shape}]`,
    );
  }
}
