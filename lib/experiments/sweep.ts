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
