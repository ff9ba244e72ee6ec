import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { readSafetensors } from "../../lib/data/safetensors.ts";
import { type Tensor } from "../../lib/tf/backend.ts";

/** Tensors by name. */
export type Tensors = Record<string, Tensor>;

/** The path of something that `velocity_transformers.py` wrote. */
export const fixture = (path: string): string =>
  fileURLToPath(new URL(`fixtures/${path}`, import.meta.url));

/** What diffusers made of a model of the fixtures, and of what; the caller disposes it. */
export async function valuesOf(model: string): Promise<Tensors> {
  return (await readSafetensors(fixture(`${model}/values.safetensors`)))
    .tensors;
}

/** Those whose names begin with `prefix.`, by the rest of their names. */
export function group(values: Tensors, prefix: string): Tensors {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([name]) => name.startsWith(`${prefix}.`))
      .map(([name, value]) => [name.slice(prefix.length + 1), value]),
  );
}

/**
 * Checks that two tensors are equal but for rounding.
 *
 * @param tolerance The largest difference, as a part of the largest value expected.
 */
export function assertClose(
  actual: Tensor,
  expected: Tensor,
  tolerance: number,
): void {
  assertEquals(actual.shape, expected.shape);
  const [a, b] = [actual, expected].map((x) => [...x.dataSync()]);
  const largest = Math.max(...b.map(Math.abs));
  const difference = Math.max(...a.map((value, i) => Math.abs(value - b[i])));
  assert(
    difference <= tolerance * largest,
    `differs by ${difference} where the largest value is ${largest}`,
  );
}
