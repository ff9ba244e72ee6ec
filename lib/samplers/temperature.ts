import { tf } from "../tf/backend.ts";
import { type TokenChoice } from "./token_choice.ts";

/**
 * Divides the logits: `softmax(logits / value)`. Below 1 the likely tokens become
 * likelier, above 1 all become alike.
 *
 * @param value The temperature, positive.
 * @returns The choice of tokens.
 * @throws {RangeError} If the value is not positive and finite.
 *
 * @example
 * ```ts
 * import { temperature, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const logits = tf.tidy(() => temperature(0.5)(tf.tensor1d([1, 3])));
 * assertEquals(await logits.array(), [2, 6]);
 * logits.dispose();
 * ```
 */
export function temperature(value: number): TokenChoice {
  if (!(value > 0 && value < Infinity)) {
    throw new RangeError(
      `Expected temperature to be positive and finite, got ${value}`,
    );
  }
  return (logits) => tf.div(logits, value);
}
