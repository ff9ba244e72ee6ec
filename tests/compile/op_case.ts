import { type Tensor, tf } from "../../lib/tf/backend.ts";

/** A function of tensors to run eagerly and compiled. */
export interface OpCase {
  fn: (...inputs: Tensor[]) => Tensor;
  inputs: Tensor[];
  /** Whether TensorFlow.js has a gradient for all of the inputs. */
  gradient: boolean;
}

/** Values without ties, of both signs, away from 0 and from integers. */
export function values(shape: number[], seed = 1): Tensor {
  const size = shape.reduce((product, axis) => product * axis, 1);
  const draw = (_: unknown, i: number) => {
    const value = Math.sin(12.9898 * (i + 1) + 78.233 * seed) * 2;
    return value + 0.05 * Math.sign(value);
  };
  return tf.tensor(Array.from({ length: size }, draw), shape);
}

export const positive = (shape: number[], seed?: number) =>
  tf.tidy(() => tf.add(tf.abs(values(shape, seed)), 0.1));
export const inUnit = (shape: number[], seed?: number) =>
  tf.tidy(() => tf.mul(values(shape, seed), 0.4));
export const integers = (list: number[], shape: number[]) =>
  tf.tensor(list, shape, "int32");
export const bools = (list: number[], shape: number[]) =>
  tf.tensor(list, shape, "bool");

export const differentiable = (
  fn: OpCase["fn"],
  ...inputs: Tensor[]
): OpCase => ({ fn, inputs, gradient: true });
export const forward = (fn: OpCase["fn"], ...inputs: Tensor[]): OpCase => ({
  fn,
  inputs,
  gradient: false,
});

// deno-lint-ignore no-explicit-any
export type Any = any; // TensorFlow.js wants ranks that a plain tensor does not tell.
