import { type Point } from "../results/fronts.ts";
import {
  eachSeed,
  pairedBySeed,
  type PerSeed,
  referencesOf,
  sharedSeeds,
} from "../results/per_seed.ts";
import { successDifference, successRate } from "../results/success_shares.ts";
import {
  atEnd,
  atStart,
  mean,
  numberOf,
  type TableRow,
  where,
} from "../results/rows.ts";
import { compareFronts, compareHypervolumes } from "../results/sweeps.ts";

/** What a statistic of a study is told. */
export interface StatisticInput {
  /** The rows of the claim's method, all evaluations; of one setting where it names one. */
  readonly own: readonly TableRow[];
  /** The rows of its rival; none of a statistic of one method. */
  readonly rival: readonly TableRow[];
  /** The column that is measured. */
  readonly metric: string;
  /** The column of the reward. */
  readonly reward: string;
  /** The least width of common rewards. */
  readonly least: number;
  /** The worst reward and diversity that count for a hypervolume. */
  readonly worst: Point;
}

/** A statistic that a protocol can name. */
export interface StudyStatistic {
  /** What it is, as tables say it; of two methods, the first less the second. */
  readonly words: string;
  /** Whether it compares two methods. */
  readonly compares: boolean;
  /** Measures it. */
  measure(input: StatisticInput): PerSeed;
}

/**
 * The statistics that a protocol can name; a claim's interval is over references, see
 * {@linkcode estimate}.
 */
export const studyStatistics: Readonly<Record<string, StudyStatistic>> = {
  "gain at equal reward": {
    words: "mean over the common rewards, less rival",
    compares: true,
    measure: ({ own, rival, metric, reward, least }) =>
      compareFronts(atEnd(own), atEnd(rival), {
        ...{ diversity: metric, reward, least },
      }),
  },
  "gain in hypervolume": {
    words: "hypervolume over reward, less rival",
    compares: true,
    measure: ({ own, rival, metric, reward, worst }) =>
      compareHypervolumes(atEnd(own), atEnd(rival), {
        ...{ diversity: metric, reward, worst },
      }),
  },
  "gain of the best setting": {
    words: "highest of the sweep, less rival",
    compares: true,
    measure: ({ own, rival, metric }) =>
      pairedBySeed(
        atEnd(own),
        atEnd(rival),
        (a, b) => highest(a, metric) - highest(b, metric),
      ),
  },
  "reward over the rival's start": {
    words: "highest reward of the sweep, less the rival's before training",
    compares: true,
    measure: ({ own, rival, reward }) =>
      pairedBySeed(
        atEnd(own),
        atStart(rival),
        (a, b) => highest(a, reward) - startOf(b, reward),
      ),
  },
  "diversity over the rival's start": {
    words:
      "highest of the settings that earn more than the rival before training, 0 if none does, less the rival's before training",
    compares: true,
    measure: ({ own, rival, metric, reward }) =>
      pairedBySeed(atEnd(own), atStart(rival), (a, b) => {
        const earns = startOf(b, reward);
        const more = a.filter((row) => numberOf(row, reward) > earns);
        const reached = more.length > 0 ? highest(more, metric) : 0;
        return reached - startOf(b, metric);
      }),
  },
  "share of runs lost": {
    words: "share of the sweep's runs that were lost, less rival",
    compares: true,
    measure: ({ own, rival }) =>
      successDifference(
        atEnd(own),
        atEnd(rival),
        ({ alive }) => alive === false,
      ),
  },
  "success on prompts": {
    words: "share of prompts solved over the sweep, less rival",
    compares: true,
    measure: ({ own, rival, metric }) =>
      successDifference(
        byPrompt(atEnd(own), metric),
        byPrompt(atEnd(rival), metric),
        ({ solved }) => solved,
      ),
  },
  "spread between seeds": {
    words: "log of the standard deviation between seeds, less rival",
    compares: true,
    measure: ({ own, rival, metric }) =>
      spreadBetweenSeeds(atEnd(own), atEnd(rival), metric),
  },
  "change over training": {
    words: "end less start",
    compares: false,
    measure: ({ own, metric }) =>
      eachSeed(own, (rows) => endOf(rows, metric) - startOf(rows, metric)),
  },
  "ratio to the start": {
    words: "end over start",
    compares: false,
    measure: ({ own, metric }) =>
      eachSeed(own, (rows) => endOf(rows, metric) / startOf(rows, metric)),
  },
  "change since the first evaluation": {
    words: "end less the first evaluation in training",
    compares: false,
    measure: ({ own, metric }) =>
      eachSeed(own, (rows) => endOf(rows, metric) - firstOf(rows, metric)),
  },
  "ratio to the first evaluation": {
    words: "end over the first evaluation in training",
    compares: false,
    measure: ({ own, metric }) =>
      eachSeed(own, (rows) => endOf(rows, metric) / firstOf(rows, metric)),
  },
  "value at the end": {
    words: "at the end",
    compares: false,
    measure: ({ own, metric }) => eachSeed(own, (rows) => endOf(rows, metric)),
  },
  "mean over training": {
    words: "mean over training, after the start",
    compares: false,
    measure: ({ own, metric }) =>
      eachSeed(own, (rows) =>
        mean(
          rows.filter(({ iteration }) => Number(iteration) > 0)
            .map((row) => numberOf(row, metric)),
        )),
  },
  "prompts solved": {
    words: "share of prompts solved",
    compares: false,
    measure: ({ own, metric }) =>
      successRate(byPrompt(atEnd(own), metric), ({ solved }) => solved),
  },
};

/** A number at the end of a run; none of a run that was lost. */
function endOf(rows: readonly TableRow[], metric: string): number {
  return mean(
    atEnd(rows).map((row) => row.alive === false ? NaN : numberOf(row, metric)),
  );
}

function startOf(rows: readonly TableRow[], metric: string): number {
  return mean(atStart(rows).map((row) => numberOf(row, metric)));
}

/** A number at the first evaluation after the start: what is logged has none there. */
function firstOf(rows: readonly TableRow[], metric: string): number {
  const trained = rows.filter(({ iteration }) => Number(iteration) > 0);
  const first = Math.min(...trained.map(({ iteration }) => Number(iteration)));
  return mean(
    where(trained, { iteration: first }).map((row) => numberOf(row, metric)),
  );
}

function highest(rows: readonly TableRow[], metric: string): number {
  const alive = rows.filter((row) => row.alive !== false);
  return Math.max(...alive.map((row) => numberOf(row, metric)));
}

/**
 * Rows of each prompt, from the columns `metric0`, `metric1`, ...: the share of right
 * answers to each. A prompt is solved where more than half of the answers are right; a
 * run that was lost solves none.
 *
 * @param rows Rows of runs.
 * @param metric How the columns' names begin.
 * @returns A row a run and prompt, with `prompt` and `solved`.
 * @throws {TypeError} If there is no such column.
 *
 * @example
 * ```ts
 * import { byPrompt } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = byPrompt([{ seed: 0, right0: 0.9, right1: 0.2 }], "right");
 * assertEquals(rows.map(({ prompt, solved }) => [prompt, solved]), [[0, true], [1, false]]);
 * ```
 */
export function byPrompt(
  rows: readonly TableRow[],
  metric: string,
): (TableRow & { solved: boolean })[] {
  const named = new RegExp(`^${metric}\\d+$`);
  const columns = Object.keys(rows[0] ?? {}).filter((name) => named.test(name));
  if (rows.length > 0 && columns.length === 0) {
    throw new TypeError(
      `Expected a column for each prompt, ${metric}0, ${metric}1, ..., got none`,
    );
  }
  return rows.flatMap((row) =>
    columns.map((column, prompt) => ({
      ...row,
      prompt,
      solved: row.alive !== false && numberOf(row, column) > 0.5,
    }))
  );
}

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
