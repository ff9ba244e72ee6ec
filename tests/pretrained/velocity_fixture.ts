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
  return (await readSafetensors(fixture(`${model}/values.safetensors`))).tensors;
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
 * The largest difference between two tensors of one shape, as a part of the largest
 * value of the second.
 */
export function distance(actual: Tensor, expected: Tensor): number {
  if (`${actual.shape}` !== `${expected.shape}`) {
    throw new TypeError(`Shapes differ: [${actual.shape}], [${expected.shape}]`);
  }
  const [a, b] = [actual, expected].map((x) => [...x.dataSync()]);
  const largest = b.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  return a.reduce(
    (max, value, i) => Math.max(max, Math.abs(value - b[i])),
    0,
  ) / largest;
}
