import { type Tensor } from "./backend.ts";

/**
 * Checks that tensors are float32, have one shape and are not empty. A shape that
 * would broadcast, such as `[B, 1]` against `[B]`, is refused.
 *
 * @param tensors The tensors by the name of their argument.
 * @throws {TypeError} If one differs from the first, is not float32, or is empty.
 */
export function assertSameShape(tensors: Record<string, Tensor>): void {
  const [[first, { shape }]] = Object.entries(tensors);
  for (const [name, tensor] of Object.entries(tensors)) {
    if (tensor.dtype !== "float32") {
      throw new TypeError(
        `Expected ${name} of type float32, got ${tensor.dtype}`,
      );
    }
    if (`${tensor.shape}` !== `${shape}`) {
      throw new TypeError(
        `Expected ${name} of the shape of ${first}, [${shape}], got [${tensor.shape}]`,
      );
    }
    if (tensor.size === 0) {
      throw new TypeError(`Expected ${name} to have values, got [${shape}]`);
    }
  }
}

/**
 * Checks a coefficient of per-sample results: a number that is finite and not
 * negative, or a tensor that broadcasts against them. A tensor's values are not
 * read; {@linkcode assertFinite} does that, once, outside of the hot loop.
 *
 * @param name The argument's name.
 * @param value The coefficient.
 * @param shape The shape of the per-sample results, `[...]`.
 * @throws {RangeError} If a number is negative or not finite.
 * @throws {TypeError} If a tensor has another rank (but for a scalar), or an axis
 * that is neither 1 nor that of `shape`.
 */
export function assertCoefficient(
  name: string,
  value: number | Tensor,
  shape: readonly number[],
): void {
  if (typeof value === "number") {
    if (!(value >= 0 && value < Infinity)) {
      throw new RangeError(
        `Expected ${name} to be finite and not negative, got ${value}`,
      );
    }
    return;
  }
  assertBroadcasts(name, value, shape);
}

/**
 * Checks that a tensor broadcasts against per-sample results without changing
 * their shape: a scalar, or of the same rank with each axis 1 or equal.
 *
 * @throws {TypeError} If it does not.
 */
export function assertBroadcasts(
  name: string,
  value: Tensor,
  shape: readonly number[],
): void {
  const fits = value.rank === 0 ||
    (value.rank === shape.length &&
      value.shape.every((size, axis) => size === 1 || size === shape[axis]));
  if (!fits) {
    throw new TypeError(
      `Expected ${name} to be a number or to broadcast against [${shape}], got [${value.shape}]`,
    );
  }
}

/**
 * Checks that a number is positive and finite.
 *
 * @throws {RangeError} If it is not.
 */
export function assertPositive(name: string, value: number): void {
  if (!(value > 0 && value < Infinity)) {
    throw new RangeError(
      `Expected ${name} to be positive and finite, got ${value}`,
    );
  }
}

/**
 * Checks that a number is a positive integer.
 *
 * @throws {RangeError} If it is not.
 */
export function assertPositiveInteger(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new RangeError(
      `Expected ${name} to be a positive integer, got ${value}`,
    );
  }
}

/**
 * Checks the values of a tensor, which reads them off the device: for the door of
 * a run, never for a hot loop.
 *
 * @param name The argument's name.
 * @param tensor Any tensor.
 * @throws {RangeError} If a value is NaN or infinite, naming the first.
 *
 * @example
 * ```ts
 * import { assertFinite, tf } from "kit";
 * import { assertRejects } from "@std/assert";
 *
 * const rewards = tf.tensor1d([0.5, NaN]);
 * await assertRejects(() => assertFinite("rewards", rewards), RangeError, "rewards");
 * rewards.dispose();
 * ```
 */
export async function assertFinite(
  name: string,
  tensor: Tensor,
): Promise<void> {
  const values = await tensor.data();
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index >= 0) {
    throw new RangeError(
      `Expected ${name} to be finite, got ${values[index]} at index ${index} of shape [${tensor.shape}]`,
    );
  }
}
