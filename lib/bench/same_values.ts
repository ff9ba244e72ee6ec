import { contenders } from "./benchmarks.ts";
import { type Contender } from "./contender.ts";
import { type Entrant } from "./measure.ts";
import { type Work } from "./work.ts";

/** Iterations that are compared. */
export const comparedIterations = 3;

// XLA draws other numbers, and a loop logs its last iteration only.
const { tfjs, eager, graph, torch, torchCompile, jax } = contenders;
const comparable: string[] = [tfjs, eager, graph, torch, torchCompile, jax];

/**
 * Compares what contenders compute in the first iterations, from equal parameters
 * and random numbers, with tfjs eager: losses, after each of which Adam has
 * updated, or samples.
 *
 * @param work The work.
 * @param entrants Who does it.
 * @param path Where parameters and random numbers are.
 * @returns Of each that can be compared the largest difference, in units of the
 * value or of 1, whichever is larger.
 */
export async function differences(
  work: Work,
  entrants: readonly Entrant[],
  path: string,
): Promise<Record<string, number>> {
  const compared = entrants.filter(({ name }) => comparable.includes(name));
  const details = { work, path, iterations: comparedIterations };
  const values = new Map<string, number[]>();
  for (const { name, contender, way } of compared) {
    const reply = await ask(contender, { ...details, way });
    if (reply) values.set(name, reply);
  }
  const expected = values.get(tfjs)!;
  return Object.fromEntries(
    [...values].map(([name, got]) => [name, distance(expected, got)]),
  );
}

/** `undefined` if the contender cannot do it, which its measurement tells. */
async function ask(
  contender: Contender,
  details: Record<string, unknown>,
): Promise<number[] | undefined> {
  try {
    const { values } = await contender.ask<{ values: number[][] }>(
      "values",
      details,
    );
    return values.flat();
  } catch {
    return undefined;
  }
}

/**
 * The largest difference of two lists of numbers, in units of the expected number or
 * of 1, whichever is larger; infinite for lists of other lengths, or with `NaN`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { distance } from "./same_values.ts";
 *
 * assertEquals(distance([0, 100], [0.25, 150]), 0.5);
 * ```
 */
export function distance(
  expected: readonly number[],
  got: readonly number[],
): number {
  if (expected.length !== got.length) return Infinity;
  const differences = expected.map((value, i) =>
    Math.abs(value - got[i]) / Math.max(1, Math.abs(value))
  );
  return differences.some(Number.isNaN) ? Infinity : Math.max(...differences);
}
