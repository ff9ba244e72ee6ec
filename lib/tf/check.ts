import { type Tensor } from "./backend.ts";

/**
 * Checks that a tensor is float32 and has values.
 *
 * @throws {TypeError} If it is no tensor, of another type, or empty.
 */
export function assertFloats(name: string, tensor: Tensor): void {
  if (tensor?.dtype !== "float32") {
    throw new TypeError(
      `Expected ${name} to be a float32 tensor, got ${describe(tensor)}`,
    );
  }
  if (tensor.size === 0) {
    throw new TypeError(
      `Expected ${name} to have values, got shape [${tensor.shape}]`,
    );
  }
}

/**
 * Checks that tensors are float32, have one shape and are not empty. A shape that
 * would broadcast, such as `[B, 1]` against `[B]`, is refused.
 *
 * @param tensors The tensors by the name of their argument.
 * @throws {TypeError} If one differs from the first, is not float32, or is empty.
 */
export function assertSameShape(tensors: Record<string, Tensor>): void {
  const [[first, reference]] = Object.entries(tensors);
  for (const [name, tensor] of Object.entries(tensors)) {
    assertFloats(name, tensor);
    if (`${tensor.shape}` !== `${reference.shape}`) {
      throw new TypeError(
        `Expected ${name} of the shape of ${first}, [${reference.shape}], got [${tensor.shape}]`,
      );
    }
  }
}

/**
 * Checks that tensors are events of one shape `[..., D]`, such as velocities.
 *
 * @param tensors The tensors by the name of their argument.
 * @throws {TypeError} If one is a scalar, or as {@linkcode assertSameShape}.
 */
export function assertSameEvents(tensors: Record<string, Tensor>): void {
  assertSameShape(tensors);
  const [[name, { rank }]] = Object.entries(tensors);
  if (rank === 0) {
    throw new TypeError(`Expected ${name} of shape [..., D], got a scalar`);
  }
}

/**
 * Checks that there is one value for each event.
 *
 * @param values Such as rewards or times, to be `[...]`, by the name of their
 * argument.
 * @param events Such as velocities, `[..., D]`, by the name of their argument.
 * @throws {TypeError} If the shape or the type does not fit.
 */
export function assertPerEvent(
  values: Record<string, Tensor>,
  events: Record<string, Tensor>,
): void {
  const [[name, value]] = Object.entries(values);
  const [[eventsName, tensor]] = Object.entries(events);
  assertFloats(name, value);
  assertFloats(eventsName, tensor);
  const { rank, shape } = tensor;
  if (rank === 0) {
    throw new TypeError(
      `Expected ${eventsName} of shape [..., D], got a scalar`,
    );
  }
  const expected = shape.slice(0, -1);
  if (`${value.shape}` !== `${expected}`) {
    throw new TypeError(
      `Expected ${name} of shape [${expected}] for ${eventsName} [${shape}], got [${value.shape}]`,
    );
  }
}

/**
 * Checks a coefficient of per-sample results that may not be negative. A tensor's
 * values are not read; {@linkcode assertFinite} does that, once, outside of the hot
 * loop.
 *
 * @param name The argument's name.
 * @param value The coefficient.
 * @param shape The shape of the per-sample results, `[...]`.
 * @throws {RangeError} If a number is negative or not finite.
 * @throws {TypeError} If a tensor does not broadcast, see
 * {@linkcode assertBroadcasts}.
 */
export function assertCoefficient(
  name: string,
  value: number | Tensor,
  shape: readonly number[],
): void {
  if (typeof value !== "number") {
    assertBroadcasts(name, value, shape);
  } else if (!(value >= 0 && value < Infinity)) {
    throw new RangeError(
      `Expected ${name} to be finite and not negative, got ${value}`,
    );
  }
}

/**
 * Checks that a tensor broadcasts against per-sample results without changing their
 * shape: a scalar, or of the same rank with each axis 1 or equal.
 *
 * @param name The argument's name.
 * @param tensor The factor or the limit.
 * @param shape The shape of the per-sample results, `[...]`.
 * @throws {TypeError} If it does not, or is no float32 tensor.
 */
export function assertBroadcasts(
  name: string,
  tensor: Tensor,
  shape: readonly number[],
): void {
  if (tensor?.dtype !== "float32") {
    throw new TypeError(
      `Expected ${name} to be a number or a float32 tensor, got ${
        describe(tensor)
      }`,
    );
  }
  const fits = tensor.rank === 0 ||
    (tensor.rank === shape.length &&
      tensor.shape.every((size, axis) => size === 1 || size === shape[axis]));
  if (!fits) {
    throw new TypeError(
      `Expected ${name} to broadcast against [${shape}], got [${tensor.shape}]`,
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
    const place = `at index ${index} of shape [${tensor.shape}]`;
    throw new RangeError(
      `Expected ${name} to be finite, got ${values[index]} ${place}`,
    );
  }
}

/**
 * Refuses options that nobody reads, such as misspelt ones: cells of a notebook are
 * not type-checked.
 *
 * @param what Whose options they are.
 * @param options The options.
 * @param known The names of those there are.
 * @throws {TypeError} If one has another name; the message lists those there are.
 */
export function assertKnown(
  what: string,
  options: object,
  known: readonly string[],
): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`Expected ${what} to be an object, got ${options}`);
  }
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(
      `Expected ${what} to have only ${known.join(", ")}, got "${unknown}"`,
    );
  }
}

/** The type of a value that should have been a float32 tensor. */
function describe(value: Tensor | undefined): string {
  return value?.dtype ?? typeof value;
}
