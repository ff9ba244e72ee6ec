// Plain arrays of JavaScript numbers, in which the oracles count.
import { type Tensor } from "../../../lib/tf/backend.ts";

export const numbers = (tensor: Tensor): Promise<number[]> =>
  tensor.data().then((values) => Array.from(values));

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Consecutive values in rows of `width`. */
export function rowsOf<T>(values: readonly T[], width: number): T[][] {
  return Array.from(
    { length: values.length / width },
    (_, i) => values.slice(i * width, (i + 1) * width),
  );
}

export const clamp = (value: number, min: number, max: number): number =>
  Math.min(Math.max(value, min), max);
