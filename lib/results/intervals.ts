import jstat from "jstat";
import { bootstrap, type Estimate } from "./bootstrap.ts";

/**
 * The mean over seeds with its 95% bootstrap interval; see
 * {@linkcode bootstrap} for which one and why.
 *
 * @param values One finite value a seed.
 * @returns The estimate.
 * @throws {RangeError} If there is no value, or one is not finite: a run that
 * diverged must be left out, and counted, by the caller.
 *
 * @example
 * ```ts
 * import { meanInterval } from "kit";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const reward = meanInterval([0.8, 0.9, 0.7, 0.8, 0.8]);
 * assertEquals(reward.n, 5);
 * assert(reward.low < 0.8 && reward.high > 0.8);
 * ```
 */
export function meanInterval(values: readonly number[]): Estimate {
  assertFinite("values", values);
  return bootstrap(
    values.length,
    (indices) => indices.reduce((sum, i) => sum + values[i], 0) / values.length,
  );
}

/**
 * The mean of `a - b` over seeds with its 95% bootstrap interval. Two methods
 * that share their seeds share their noise; the difference of pairs sheds it.
 *
 * @param a One finite value a seed.
 * @param b The other method's values, in the same order of seeds.
 * @returns The estimate of the mean difference.
 * @throws {RangeError} If the lengths differ, there is no value, or one is not
 * finite.
 *
 * @example
 * ```ts
 * import { pairedDifference } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(pairedDifference([3, 5, 9], [1, 3, 7]), { value: 2, low: 2, high: 2, n: 3 });
 * ```
 */
export function pairedDifference(
  a: readonly number[],
  b: readonly number[],
): Estimate {
  if (a.length !== b.length) {
    throw new RangeError(
      `Cannot pair the seeds: expected b of length ${a.length}, got ${b.length}`,
    );
  }
  assertFinite("a", a);
  assertFinite("b", b);
  return meanInterval(a.map((value, i) => value - b[i]));
}

/**
 * A success rate with its 95% Wilson score interval,
 *
 * ```text
 * (p + z^2 / 2n  ±  z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n),
 * ```
 *
 * which stays inside [0, 1] and keeps a width when all or none succeed. Wilson,
 * "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22
 * (1927). Deviates from the paper: nothing.
 *
 * @param successes The number of trials that succeeded.
 * @param trials The number of trials, at least 1.
 * @returns The estimate; `value` is `successes / trials`.
 * @throws {RangeError} If the counts are not whole, or `successes` is not in
 * `[0, trials]`.
 *
 * @example
 * ```ts
 * import { successInterval } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(successInterval(20, 20).low, 0.839, 1e-3);
 * ```
 */
export function successInterval(successes: number, trials: number): Estimate {
  if (!Number.isInteger(trials) || trials < 1) {
    throw new RangeError(
      `Cannot estimate a rate: expected trials of at least 1, got ${trials}`,
    );
  }
  if (!Number.isInteger(successes) || successes < 0 || successes > trials) {
    throw new RangeError(
      `Cannot estimate a rate: expected successes in [0, ${trials}], got ${successes}`,
    );
  }
  const p = successes / trials;
  const z = jstat.normal.inv(0.975, 0, 1);
  const scale = 1 + z ** 2 / trials;
  const centre = (p + z ** 2 / (2 * trials)) / scale;
  const half = z / scale *
    Math.sqrt(p * (1 - p) / trials + z ** 2 / (4 * trials ** 2));
  return {
    value: p,
    low: Math.max(0, centre - half),
    high: Math.min(1, centre + half),
    n: trials,
  };
}

function assertFinite(name: string, values: readonly number[]): void {
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new RangeError(
      `Cannot estimate a mean: expected ${name} finite, got ${
        values[wrong]
      } at ${wrong}`,
    );
  }
}
