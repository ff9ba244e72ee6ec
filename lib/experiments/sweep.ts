import { type Tensor, tf } from "../tf/backend.ts";

/**
 * A grid of settings times seeds, trained as one population.
 *
 * Members are ordered by setting, then by seed: member `i` has setting
 * `floor(i / seeds)` and seed `i mod seeds`. Every setting sees the same draws of a
 * seed (common random numbers), so that settings, and methods that share the seeds,
 * are compared in pairs.
 */
export interface Sweep {
  /** The values of the coefficient. */
  readonly grid: readonly number[];
  /** The seeds that each is trained with. */
  readonly seeds: readonly number[];
}

/** A member of a sweep. */
export interface Member {
  readonly member: number;
  readonly seed: number;
  readonly coefficient: number;
}

/** The seeds 0 to `count - 1`. */
export const seedList = (count: number): number[] =>
  Array.from({ length: count }, (_, i) => i);

/**
 * Lists the members of a sweep in population order.
 *
 * @param sweep The grid.
 * @returns One record a member.
 *
 * @example
 * ```ts
 * import { sweepMembers } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(sweepMembers({ grid: [0, 1], seeds: [7, 8] }), [
 *   { member: 0, seed: 7, coefficient: 0 },
 *   { member: 1, seed: 8, coefficient: 0 },
 *   { member: 2, seed: 7, coefficient: 1 },
 *   { member: 3, seed: 8, coefficient: 1 },
 * ]);
 * ```
 */
export function sweepMembers({ grid, seeds }: Sweep): Member[] {
  return grid.flatMap((coefficient, setting) =>
    seeds.map((seed, i) => ({
      member: setting * seeds.length + i,
      seed,
      coefficient,
    }))
  );
}

/** Each member's coefficient, `[M, 1, 1]`, which the caller disposes. */
export function coefficients(sweep: Sweep): Tensor {
  const values = sweepMembers(sweep).map(({ coefficient }) => coefficient);
  return tf.tensor(values, [values.length, 1, 1], "float32");
}

/**
 * The same task over several references, which were pretrained alike. The seeds of an
 * experiment are shared out among them, in blocks of equal size: of 20 seeds over 4
 * references the first has 0 to 4, the next 5 to 9. So no two runs share a seed, and
 * what holds over all does not hang on one reference.
 *
 * @param references The parameters of each; they stay.
 * @param make Makes the task of one reference.
 * @returns The tasks, in that order.
 *
 * @example
 * ```ts
 * import { loadReferences, mixtureTasks, overReferences, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const references = await loadReferences("mixture_flow", 2);
 * const graded = overReferences(references, (at) => mixtureTasks(at).graded);
 * assertEquals(graded.map(({ name, reference }) => [name, reference]), [
 *   ["graded", 0],
 *   ["graded", 1],
 * ]);
 * tf.dispose(references);
 * ```
 */
export function overReferences<Reference, T extends { name: string }>(
  references: readonly Reference[],
  make: (reference: Reference) => T,
): (T & { reference: number })[] {
  return references.map((at, reference) => ({ ...make(at), reference }));
}

/** What tells a task from the others: its name, and its reference if it has several. */
interface Named {
  readonly name: string;
  readonly reference?: number;
}

/**
 * The seeds of one task: its reference's block, or all where it has no other.
 *
 * @param task The task.
 * @param experiment All tasks, and the seeds.
 * @returns The seeds, in their order.
 * @throws {RangeError} If they cannot be shared out evenly.
 */
export function seedsOf(
  { name, reference }: Named,
  { tasks, seeds }: {
    readonly tasks: readonly Named[];
    readonly seeds: readonly number[];
  },
): readonly number[] {
  const alike = tasks.filter((other) => other.name === name);
  if (seeds.length % alike.length !== 0) {
    throw new RangeError(
      `Expected a number of seeds that ${alike.length} references of "${name}" share evenly, got ${seeds.length}`,
    );
  }
  const block = seeds.length / alike.length;
  const at = alike.findIndex((other) => other.reference === reference);
  return seeds.slice(at * block, (at + 1) * block);
}
