import {
  type PerSeed,
  referencesOf,
  sharedSeeds,
} from "../results/per_seed.ts";
import { mean, numberOf, type TableRow } from "../results/rows.ts";

/**
 * How much more one method's runs differ between seeds of one reference than another's:
 *
 * ```text
 * mean over settings of log s_a  -  mean over settings of log s_b,
 * ```
 *
 * with `s` the sample standard deviation (n - 1) over the seeds of a reference. It is
 * `NaN`, and a claim undecided, where a reference has one seed, or a spread is 0. Runs that
 * were lost are left out.
 *
 * @param a Rows at the end of one method, one a `coefficient` and `seed`.
 * @param b Rows of the other, of the same seeds.
 * @param metric The column.
 * @returns The statistic, `a` less `b`; 0.69 is twice the standard deviation.
 * @throws {RangeError} If there is no row, or the seeds are not the same.
 *
 * @example
 * ```ts
 * import { spreadBetweenSeeds } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const ends = (scale: number) =>
 *   [0, 1, 2].map((seed) => ({ seed, coefficient: 1, reward: scale * seed }));
 * const spread = spreadBetweenSeeds(ends(2), ends(1), "reward");
 * assertAlmostEquals(spread.at([0, 1, 2]), Math.log(2));
 * ```
 */
export function spreadBetweenSeeds(
  a: readonly TableRow[],
  b: readonly TableRow[],
  metric: string,
): PerSeed {
  const seeds = sharedSeeds(a, b);
  const settings = [a, b].map((rows) =>
    [...Map.groupBy(rows, ({ coefficient }) => coefficient).values()].map((
      own,
    ) =>
      new Map(
        own.filter(({ alive }) => alive !== false)
          .map((row) => [numberOf(row, "seed"), numberOf(row, metric)]),
      )
    )
  );
  const references = referencesOf([...a, ...b], seeds);
  return {
    ...{ seeds, references },
    at: (indices) => {
      const own = Map.groupBy(indices, (i) => references?.[i]);
      return mean([...own.values()].map((list) => {
        const [logA, logB] = settings.map((runs) =>
          mean(runs.map((values) => logDeviation(values, list, seeds)))
        );
        return logA - logB;
      }));
    },
  };
}

function logDeviation(
  values: ReadonlyMap<number, number>,
  indices: readonly number[],
  seeds: readonly number[],
): number {
  const own = indices.map((i) => values.get(seeds[i]))
    .filter((value) => value !== undefined);
  const centre = mean(own);
  const squares = own.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.log(squares / (own.length - 1)) / 2;
}
