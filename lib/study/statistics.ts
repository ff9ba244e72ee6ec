import { type Point } from "../results/fronts.ts";
import { eachSeed, pairedBySeed, type PerSeed } from "../results/per_seed.ts";
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
import { byPrompt } from "./by_prompt.ts";
import { spreadBetweenSeeds } from "./spread_between_seeds.ts";

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
  "change over training": sinceThen("end less start", less, startOf),
  "ratio to the start": sinceThen("end over start", over, startOf),
  "change since the first evaluation": sinceThen(
    "end less the first evaluation in training",
    less,
    firstOf,
  ),
  "ratio to the first evaluation": sinceThen(
    "end over the first evaluation in training",
    over,
    firstOf,
  ),
  "value at the end": {
    words: "at the end",
    compares: false,
    measure: ({ own, metric }) => eachSeed(own, (rows) => endOf(rows, metric)),
  },
  "mean over training": {
    words: "mean over training, after the start",
    compares: false,
    measure: ({ own, metric }) =>
      eachSeed(
        own,
        (rows) => mean(trained(rows).map((row) => numberOf(row, metric))),
      ),
  },
  "prompts solved": {
    words: "share of prompts solved",
    compares: false,
    measure: ({ own, metric }) =>
      successRate(byPrompt(atEnd(own), metric), ({ solved }) => solved),
  },
};

/** How a number at the end of a run differs from one before. */
function sinceThen(
  words: string,
  differ: (end: number, before: number) => number,
  before: typeof startOf,
): StudyStatistic {
  return {
    ...{ words, compares: false },
    measure: ({ own, metric }) =>
      eachSeed(
        own,
        (rows) => differ(endOf(rows, metric), before(rows, metric)),
      ),
  };
}

function less(end: number, before: number): number {
  return end - before;
}

function over(end: number, before: number): number {
  return end / before;
}

/** A number at the end of a run; none of a run that was lost. */
function endOf(rows: readonly TableRow[], metric: string): number {
  return mean(
    atEnd(rows).map((row) => row.alive === false ? NaN : numberOf(row, metric)),
  );
}

function startOf(rows: readonly TableRow[], metric: string): number {
  return mean(atStart(rows).map((row) => numberOf(row, metric)));
}

/** The evaluations after the start. */
function trained(rows: readonly TableRow[]): TableRow[] {
  return rows.filter(({ iteration }) => Number(iteration) > 0);
}

/** A number at the first of them: what is logged has none at the start. */
function firstOf(rows: readonly TableRow[], metric: string): number {
  const own = trained(rows);
  const iteration = Math.min(...own.map(({ iteration }) => Number(iteration)));
  return mean(where(own, { iteration }).map((row) => numberOf(row, metric)));
}

function highest(rows: readonly TableRow[], metric: string): number {
  const alive = rows.filter((row) => row.alive !== false);
  return Math.max(...alive.map((row) => numberOf(row, metric)));
}
