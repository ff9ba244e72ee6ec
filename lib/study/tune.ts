import { join } from "node:path";
import { dataDir, ifThere } from "../data/files.ts";
import { shortHash } from "../experiments/code_version.ts";
import { type Experiment } from "../experiments/experiment.ts";
import { run, type RunOptions } from "../experiments/run.ts";
import { type Arm, type Tuned } from "../methods/method.ts";
import { readCsv } from "../results/csv.ts";
import { hypervolume } from "../results/fronts.ts";
import { atEnd, atStart, mean, where } from "../results/rows.ts";
import { assertKnown } from "../tf/check.ts";
import { type Row } from "../train/row.ts";

/** How methods are tuned. */
export interface TuneOptions extends RunOptions {
  /** What is tried for every method. */
  candidates: readonly Required<Tuned>[];
  /** Seeds of exploration: none that the method is judged on. */
  seeds: readonly number[];
  /** The column of diversity to judge by. */
  diversity: string;
  /** The file of kept trials; `data/results/<experiment>/tuning.csv` when left out. */
  kept?: string;
}

/** What a candidate reached, and whether it was chosen. */
export type Trial = Required<Tuned> & {
  readonly task: string;
  readonly method: string;
  /** Tells the grid, the candidates, the seeds and the budget from others. */
  readonly of: string;
  /** The mean over seeds of the area that its front dominates. */
  readonly area: number;
  readonly chosen: boolean;
};

/**
 * Tunes every method of an experiment by one rule: of the candidates it takes the one
 * whose front dominates the largest area.
 *
 * The area of a seed is the hypervolume of its sweep at the end, in reward and
 * diversity, over the corner of the reward at the start and a diversity of 0. It is
 * averaged over seeds, and over references where a task has several. A run that was
 * lost adds nothing to it. Of equal areas the earlier candidate is taken.
 *
 * What was tried before with the same grid, candidates, seeds and budget, and kept, is
 * not tried again, unless it is asked to be `fresh`.
 *
 * @param experiment The experiment of one task; what its arms have tuned is not used.
 * @param options The candidates, the seeds of exploration and the column of diversity.
 * @returns The arms, each with what was chosen for it; and a row for each method and
 * candidate.
 * @throws {RangeError} If a seed is one of the experiment's, or there is no candidate
 * or more than one task.
 *
 * @example
 * ```ts
 * import { adrpo, arm, flow, loadPretrained, mixtureTasks, tf, tune } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const reference = await loadPretrained("mixture_flow");
 * const { arms, trials } = await tune({
 *   name: "tuned",
 *   scale: "smoke",
 *   tasks: [mixtureTasks(reference).graded],
 *   arms: [arm(adrpo(flow), [0.2, 0.8])],
 *   seeds: [0],
 *   budget: {
 *     ...{ iterations: 2, evaluateEvery: 2, evaluationSamples: 8, perContext: 4 },
 *     ...{ updates: 1, learningRate: 1e-3, clipNorm: 1, divergedAbove: 1e4 },
 *   },
 * }, {
 *   candidates: [
 *     { learningRate: 1e-3, updates: 1 },
 *     { learningRate: 4e-3, updates: 2 },
 *   ],
 *   seeds: [1000],
 *   diversity: "modeEntropy",
 * });
 * assertEquals(trials.length, 2);
 * assertEquals(trials.find(({ chosen }) => chosen)?.updates, arms[0].tuned?.updates);
 * tf.dispose(reference);
 * ```
 */
export async function tune<Signals>(
  experiment: Experiment<Signals>,
  options: TuneOptions,
): Promise<{ arms: Arm<Signals>[]; trials: Trial[] }> {
  assertKnown("the options of tune", options, [
    ...["candidates", "seeds", "diversity", "kept", "onProgress", "fresh"],
  ]);
  assertApart(experiment, options);
  const { name } = experiment;
  const { kept: path = join(dataDir, "results", name, "tuning.csv") } = options;
  const kept = options.fresh ? [] : await readTrials(path);
  const known = experiment.arms.map((arm) => {
    const of = trialsOf(experiment, options, arm);
    return kept.filter((trial) => trial.of === of);
  });
  const unknown = experiment.arms.filter((_, i) => known[i].length === 0);
  const tried = unknown.length > 0
    ? await tryAll({ ...experiment, arms: unknown }, options)
    : [];
  const trials = experiment.arms.flatMap(({ method }, i) =>
    chosen([
      ...known[i],
      ...tried.filter((trial) => trial.method === method.name),
    ])
  );
  const arms = experiment.arms.map((arm) => {
    const { learningRate, updates } = trials.find((trial) =>
      trial.chosen && trial.method === arm.method.name
    )!;
    return { ...arm, tuned: { learningRate, updates } };
  });
  return { arms, trials };
}

/** Runs every candidate for every arm. */
async function tryAll<Signals>(
  experiment: Experiment<Signals>,
  options: TuneOptions,
): Promise<Trial[]> {
  const { candidates, seeds, diversity, onProgress, fresh } = options;
  const { name, arms, budget } = experiment;
  const [{ name: task }] = experiment.tasks;
  const trials: Trial[] = [];
  for (const [i, { learningRate, updates }] of candidates.entries()) {
    const tuned = { learningRate, updates };
    const { rows } = await run({
      ...experiment,
      name: `${name}_tuning`,
      arms: arms.map((arm) => ({ ...arm, tuned })),
      seeds,
      // A front is judged by its end.
      budget: { ...budget, evaluateEvery: budget.iterations },
    }, {
      fresh,
      onProgress: (percent, running) =>
        onProgress?.((100 * i + percent) / candidates.length, running),
    });
    trials.push(...arms.map((arm) => ({
      task,
      method: arm.method.name,
      ...tuned,
      area: meanArea(where(rows, { method: arm.method.name }), diversity),
      chosen: false,
      of: trialsOf(experiment, options, arm),
    })));
  }
  return trials;
}

/** Marks the best of one method's trials. */
function chosen(trials: readonly Trial[]): Trial[] {
  const best = trials.reduce((best, trial) =>
    trial.area > best.area ? trial : best
  );
  return trials.map((trial) => ({ ...trial, chosen: trial === best }));
}

/** Reads trials that were kept in a file; none if there is no such file. */
export async function readTrials(path: string): Promise<Trial[]> {
  return (await ifThere(readCsv(path)) ?? []) as unknown as Trial[];
}

/** What trials of an arm are of. */
function trialsOf<Signals>(
  { tasks, budget, xla }: Experiment<Signals>,
  { candidates, seeds, diversity }: TuneOptions,
  { method: { name }, grid }: Arm<Signals>,
): string {
  const over = tasks.map(({ name, reference = 0 }) => [name, reference]);
  return shortHash({
    ...{ over, name, grid, candidates, seeds, diversity, budget, xla },
  });
}

/** The mean over seeds of the area that a sweep's points dominate. */
function meanArea(rows: readonly Row[], diversity: string): number {
  const seeds = [...new Set(rows.map(({ seed }) => seed as number))];
  return mean(seeds.map((seed) => {
    const own = where(rows, { seed });
    const start = Number(atStart(own)[0].reward);
    const points = atEnd(own)
      .filter((row) => row.alive)
      .map((row) => ({
        reward: Number(row.reward),
        diversity: Number(row[diversity]),
      }));
    return hypervolume(points, { reward: start, diversity: 0 });
  }));
}

function assertApart<Signals>(
  { tasks, seeds: judged }: Experiment<Signals>,
  { candidates, seeds }: TuneOptions,
): void {
  const names = new Set(tasks.map(({ name }) => name));
  if (names.size !== 1) {
    throw new RangeError(
      `Expected one task to tune on, got ${[...names].join(", ") || "none"}`,
    );
  }
  if (candidates.length === 0) {
    throw new RangeError("Expected at least one candidate, got none");
  }
  const shared = seeds.find((seed) => judged.includes(seed));
  if (shared !== undefined) {
    throw new RangeError(
      `Expected seeds of exploration that no run is judged on, got ${shared}, which is`,
    );
  }
}
