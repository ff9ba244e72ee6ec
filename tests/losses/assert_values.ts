import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { evaluate } from "../evaluate.ts";

/** Asserts that a tensor has these values. */
export async function assertValues(
  actual: () => Tensor,
  expected: readonly number[],
  off = 1e-5,
): Promise<void> {
  const { values } = await evaluate(actual);
  assertEquals(values.length, expected.length);
  values.forEach((value, i) => assertAlmostEquals(value, expected[i], off));
}

/** Asserts that a loss is refused with such a message, whatever it made before. */
export function assertRefused(
  make: () => unknown,
  message: string,
  kind: typeof Error | typeof TypeError = Error,
): void {
  assertThrows(() => tf.tidy(() => (make(), tf.scalar(0))), kind, message);
}

/** Two shapes that do not fit each other. */
export const [two, three] = [[1, 2], [1, 3]].map((shape) => () =>
  tf.ones(shape) as Tensor
);
