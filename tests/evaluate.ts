import { assertEquals } from "@std/assert";
import { type Tensor, tf } from "../lib/tf/backend.ts";

/** Runs a function of tensors, checks that it leaks nothing, and returns its shape and values. */
export async function evaluate(
  body: () => Tensor,
): Promise<{ shape: number[]; values: number[] }> {
  const before = tf.memory().numTensors;
  const result = tf.tidy(body);
  const [shape, values] = [result.shape, [...await result.data()]];
  result.dispose();
  assertEquals(tf.memory().numTensors, before, "leaked");
  return { shape, values };
}
