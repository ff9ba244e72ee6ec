import { type Tensor, tf } from "../tf/backend.ts";

/**
 * A grid of settings times seeds, trained as one population.
 *
 * Members are ordered by setting, then by seed: member `i` has setting
 * `floor(i / seeds)` and seed `i mod seeds`. Every setting sees the same draws
 * of a seed (common random numbers), so that settings, and methods that share
 * the seeds, are compared in pairs.
 *
 * @typeParam S A setting: the coefficients that one member is trained with.
 */
export interface Sweep<S> {
  /** The settings of the grid. */
  readonly settings: readonly S[];
  /** The seeds that each setting is trained with. */
  readonly seeds: readonly number[];
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
 * assertEquals(sweepMembers({ settings: [{ beta: 0 }, { beta: 1 }], seeds: [7, 8] }), [
 *   { member: 0, seed: 7, setting: { beta: 0 } },
 *   { member: 1, seed: 8, setting: { beta: 0 } },
 *   { member: 2, seed: 7, setting: { beta: 1 } },
 *   { member: 3, seed: 8, setting: { beta: 1 } },
 * ]);
 * ```
 */
export function sweepMembers<S>(
  { settings, seeds }: Sweep<S>,
): { member: number; seed: number; setting: S }[] {
  return settings.flatMap((setting, s) =>
    seeds.map((seed, k) => ({ member: s * seeds.length + k, seed, setting }))
  );
}

/** A sweep of the coefficient `beta`, and what it is to a population. */
export interface BetaSweep {
  readonly sweep: Sweep<{ beta: number }>;
  /** Each member's coefficient. */
  readonly betas: number[];
  /** The same, `[M, 1, 1]`, which the caller disposes. */
  readonly beta: Tensor;
  /** The members of the first seed, one a setting. */
  readonly firstSeeds: number[];
}

/**
 * Sweeps `beta` over a grid.
 *
 * @param grid The coefficients.
 * @param seeds The seeds that each is trained with.
 */
export function sweepBetas(
  grid: readonly number[],
  seeds: readonly number[],
): BetaSweep {
  const sweep = { settings: grid.map((beta) => ({ beta })), seeds };
  const betas = sweepMembers(sweep).map(({ setting }) => setting.beta);
  return {
    sweep,
    betas,
    beta: tf.tensor(betas, [betas.length, 1, 1], "float32"),
    firstSeeds: grid.map((_, setting) => setting * seeds.length),
  };
}

/**
 * Gives every setting the draws of its seeds.
 *
 * @param draws `[seeds, ...]`, one row a seed.
 * @param settings The number of settings.
 * @returns `[settings * seeds, ...]`, to be disposed by the caller.
 */
export function shareDraws(draws: Tensor, settings: number): Tensor {
  return tf.tile(draws, [settings, ...draws.shape.slice(1).map(() => 1)]);
}
