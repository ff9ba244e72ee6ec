import { contenders } from "./benchmarks.ts";
import { type Contender } from "./contender.ts";
import { type Entrant } from "./measure.ts";
import { type Work } from "./work.ts";

// XLA draws other numbers, and a loop logs its last iteration only.
const { tfjs, eager, graph, torch, torchCompile, jax } = contenders;
const { bf16, torchBf16 } = contenders;
const comparable: string[] = [
  ...[tfjs, eager, graph, torch, torchCompile, jax, bf16, torchBf16],
];

/**
 * Compares what contenders compute in the first iterations, from equal parameters
 * and random numbers, with the first of them: losses, after each of which Adam has
 * updated, or samples.
 *
 * @param work The work.
 * @param entrants Who does it; the first computes op by op.
 * @param options The `path` where parameters and random numbers are, and how many
 * `iterations` are compared.
 * @returns Of each that can be compared the largest difference, in units of the
 * value or of 1, whichever is larger.
 */
export async function differences(
  work: Work,
  entrants: readonly Entrant[],
  { path, iterations }: { path: string; iterations: number },
): Promise<Record<string, number>> {
  const compared = entrants.filter(({ name }) => comparable.includes(name));
  const details = { work, path, iterations };
  const values = new Map<string, number[]>();
  for (const { name, contender, way } of compared) {
    const reply = await ask(contender, { ...details, way });
    if (reply) values.set(name, reply);
  }
  const expected = values.get(entrants[0].name)!;
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
