import { assert } from "@std/assert";
import { type Tensor, tf } from "../lib/tf/backend.ts";
import { evaluate } from "./evaluate.ts";

/**
 * Checks the gradient of the sum of a function against central differences, element
 * by element.
 *
 * @param name What is checked, for the message.
 * @param f A function of the tensor, of any shape.
 * @param at Where; it stays.
 */
export async function assertGradient(
  name: string,
  f: (x: Tensor) => Tensor,
  at: Tensor,
): Promise<void> {
  const step = 1e-2;
  const total = (x: Tensor) => tf.sum(f(x));
  const { values: gradient } = await evaluate(() => tf.grad(total)(at));
  const point = [...await at.data()];
  for (const i of point.keys()) {
    const shifted = async (by: number) => {
      const { values } = await evaluate(() =>
        total(tf.tensor(point.with(i, point[i] + by), at.shape, "float32"))
      );
      return values[0];
    };
    const slope = (await shifted(step) - await shifted(-step)) / (2 * step);
    assert(
      Math.abs(gradient[i] - slope) <= 2e-3 * (1 + Math.abs(slope)),
      `${name}: gradient ${gradient[i]} but slope ${slope} at index ${i}`,
    );
  }
}
