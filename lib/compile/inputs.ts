import { type Tensor, tf } from "../tf/backend.ts";
import { mapTree } from "./tree.ts";

/** What is passed for an argument: for each tensor a tensor or a number. */
export type Input<T> = T extends Tensor ? Tensor | number
  : { [K in keyof T]: Input<T[K]> };

/**
 * Makes float32 scalars of the numbers in arguments, so that they are inputs of a
 * graph like any tensor.
 *
 * @throws {TypeError} If there is anything but tensors and numbers in them.
 */
export function toTensors<Args extends unknown[]>(
  inputs: readonly unknown[],
): Args {
  return mapTree(
    inputs,
    "arguments",
    (leaf) => typeof leaf === "number" ? tf.scalar(leaf) : leaf,
  ) as Args;
}
