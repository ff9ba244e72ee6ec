import { intervalOverReferences, pseudoValues } from "./references.ts";
import {
  columnNames,
  distinct,
  numberOf,
  type TableRow,
  where,
} from "./rows.ts";
import { bootstrap, type Estimate, meanOf } from "./statistics.ts";

/**
 * A statistic of any resample of seeds: what a claim is judged by. All that a seed has
 * (its evaluations, its settings) goes into the one value that it contributes, since
 * they share its noise; so `n` is the number of seeds and nothing else.
 */
export interface PerSeed {
  /** The seeds that it rests on. */
  readonly seeds: readonly number[];
  /** The statistic of these seeds, given by index, repeats allowed. */
  at(indices: readonly number[]): number;
  /** Its interval, where that is known without resampling. */
  readonly interval?: Estimate;
  /** The pretrained reference that each seed starts from, where rows name it. */
  readonly references?: readonly number[];
  /** The least standard error over references, where one can be known beforehand. */
  readonly leastError?: number;
}

/**
 * The estimate of a statistic per seed, with its 95% interval. Where rows name the
 * `reference` that each seed starts from, the interval is over references, of the
 * {@linkcode pseudoValues} of each (see {@linkcode intervalOverReferences}): it then knows of both
 * levels of noise. Otherwise it is over seeds (see {@linkcode bootstrap}). Without a seed
 * the interval is the whole line, so that a claim is undecided.
 *
 * @param perSeed The statistic.
 * @returns The estimate; `n` is the number of seeds.
 *
 * @example
 * ```ts
 * import { eachSeed, estimate } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [0, 1].flatMap((seed) => [1, 3].map((reward) => ({ seed, reward })));
 * const reward = eachSeed(rows, (own) =>
 *   own.reduce((sum, row) => sum + row.reward, 0) / own.length);
 * assertEquals(estimate(reward), { value: 2, low: 2, high: 2, n: 2 });
 * ```
 */
export function estimate(
  { seeds, at, interval, references, leastError }: PerSeed,
): Estimate {
  if (references) {
    return intervalOverReferences(pseudoValues(at, references), {
      ...{ n: seeds.length, leastError },
    });
  }
  if (interval) return interval;
  return seeds.length > 0
    ? bootstrap(seeds.length, at)
    : { value: NaN, low: -Infinity, high: Infinity, n: 0 };
}

/**
 * The mean over seeds of one value a seed, made of all of that seed's rows. A seed
 * whose value is not finite is left out; `n` of the estimate says how many are left.
 * None may be left only where every seed diverged (`alive` is false).
 *
 * @param rows Rows with a `seed`. Give all the rows there are of what is measured, and
 * pick among a seed's own inside `value`: a seed that has none of a kind then counts
 * as one without a value.
 * @param value Takes a seed's rows, and the seed.
 * @returns The statistic.
 * @throws {RangeError} If there is no row, or no seed has a finite value though one is
 * alive.
 *
 * @example
 * ```ts
 * import { eachSeed, estimate } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [{ seed: 0, reward: 1 }, { seed: 1, reward: 3 }, { seed: 2, reward: NaN }];
 * const { value, n } = estimate(eachSeed(rows, ([row]) => row.reward));
 * assertEquals([value, n], [2, 2]);
 * ```
 */
export function eachSeed<T extends TableRow>(
  rows: readonly T[],
  value: (own: T[], seed: number) => number,
): PerSeed {
  return meanOverSeeds(
    seedsOf(rows).map((seed) => ({
      seed,
      value: value(where(rows, { seed }), seed),
    })),
    rows,
  );
}

/**
 * The mean over seeds of one value a seed, made of that seed's rows of two kinds, such
 * as a difference of two methods: methods that share a seed share its noise, and the
 * pair sheds it. A seed whose value is not finite is left out, as in
 * {@linkcode eachSeed}.
 *
 * @param a Rows with a `seed`.
 * @param b Rows of the same seeds.
 * @param value Takes a seed's rows of `a` and those of `b`.
 * @returns The statistic.
 * @throws {RangeError} If there is no row, the seeds are not the same, or no seed has a
 * finite value though one is alive.
 *
 * @example
 * ```ts
 * import { estimate, pairedBySeed } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const a = [{ seed: 0, reward: 3 }, { seed: 1, reward: 9 }];
 * const b = [{ seed: 1, reward: 7 }, { seed: 0, reward: 1 }];
 * const gain = pairedBySeed(a, b, ([x], [y]) => x.reward - y.reward);
 * assertEquals(estimate(gain), { value: 2, low: 2, high: 2, n: 2 });
 * ```
 */
export function pairedBySeed<T extends TableRow>(
  a: readonly T[],
  b: readonly T[],
  value: (ownA: T[], ownB: T[], seed: number) => number,
): PerSeed {
  return meanOverSeeds(
    sharedSeeds(a, b).map((seed) => ({
      seed,
      value: value(where(a, { seed }), where(b, { seed }), seed),
    })),
    [...a, ...b],
  );
}

/**
 * A column of some rows less that of others, seed by seed; of each the first row of a
 * seed. See {@linkcode pairedBySeed}.
 *
 * @param a Rows with a `seed`, one a seed.
 * @param b Rows of the same seeds.
 * @param column The column.
 * @returns The statistic.
 * @throws {RangeError} As {@linkcode pairedBySeed} does, and if a row has no number there.
 *
 * @example
 * ```ts
 * import { estimate, lessBySeed } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const a = [{ seed: 0, reward: 3 }, { seed: 1, reward: 9 }];
 * const b = [{ seed: 1, reward: 7 }, { seed: 0, reward: 1 }];
 * assertEquals(estimate(lessBySeed(a, b, "reward")), { value: 2, low: 2, high: 2, n: 2 });
 * ```
 */
export function lessBySeed(
  a: readonly TableRow[],
  b: readonly TableRow[],
  column: string,
): PerSeed {
  return pairedBySeed(
    a,
    b,
    ([x], [y]) => numberOf(x, column) - numberOf(y, column),
  );
}

function meanOverSeeds(
  all: readonly { seed: number; value: number }[],
  rows: readonly TableRow[],
): PerSeed {
  const finite = all.filter(({ value }) => Number.isFinite(value));
  const diverged = distinct(
    rows.filter(({ alive }) => alive === false),
    "seed",
  );
  if (finite.length === 0 && diverged.length < all.length) {
    throw new RangeError(
      `Expected a finite number of at least one seed, got ${
        all[0].value
      } of seed ${all[0].seed}; is a column misspelt? The rows have ${
        columnNames(rows).join(", ")
      }`,
    );
  }
  const seeds = finite.map(({ seed }) => seed);
  return {
    ...{ seeds, at: meanOf(finite.map(({ value }) => value)) },
    references: referencesOf(rows, seeds),
  };
}

/** The reference of each seed, in the column `reference`; none where rows have no such. */
export function referencesOf(
  rows: readonly TableRow[],
  seeds: readonly number[],
): number[] | undefined {
  if (!rows.some((row) => "reference" in row)) return undefined;
  const known = new Map<number, number>();
  for (const row of rows) {
    const [seed, reference] = [
      numberOf(row, "seed"),
      numberOf(row, "reference"),
    ];
    if ((known.get(seed) ?? reference) !== reference) {
      throw new RangeError(
        `Expected each seed to start from one reference, got seed ${seed} of references ${
          known.get(seed)
        } and ${reference}`,
      );
    }
    known.set(seed, reference);
  }
  return seeds.map((seed) => known.get(seed)!);
}

/** Nothing was picked to measure: most likely a name is misspelt. */
export class NoRowError extends RangeError {}

/** The seeds of rows, rising. */
function seedsOf(rows: readonly TableRow[]): number[] {
  if (rows.length === 0) {
    throw new NoRowError("Expected rows of at least one seed, got no row");
  }
  rows.forEach((row) => numberOf(row, "seed"));
  return distinct<number>(rows, "seed").sort((a, b) => a - b);
}

/** The seeds that two lists of rows must have in common: all of them. */
export function sharedSeeds(
  a: readonly TableRow[],
  b: readonly TableRow[],
): number[] {
  const [seedsA, seedsB] = [seedsOf(a), seedsOf(b)];
  if (`${seedsA}` !== `${seedsB}`) {
    throw new RangeError(
      `Cannot pair the seeds: expected those of a, ${seedsA.join(", ")}, got ${
        seedsB.join(", ")
      } in b`,
    );
  }
  return seedsA;
}
