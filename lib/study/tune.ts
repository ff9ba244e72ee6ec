import { join } from "node:path";
import { dataDir } from "../data/files.ts";
import { shortHash } from "../experiments/code_version.ts";
import { type Experiment } from "../experiments/experiment.ts";
import { run, type RunOptions } from "../experiments/run.ts";
import { type Arm, type Tuned } from "../methods/method.ts";
import { readCsv } from "../results/csv.ts";
import { type Point } from "../results/fronts.ts";
import { rankTrials } from "../results/rank_trials.ts";
import { atEnd } from "../results/rows.ts";
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
  /** The worst reward and diversity that count. */
  worst: Point;
  /** The file of kept trials; `data/results/<experiment>/tuning.csv` when left out. */
  kept?: string;
}

/** What a candidate reached, and whether it was chosen. */
export type Trial = Required<Tuned> & {
  readonly task: string;
  readonly method: string;
  /** Tells the grid, the candidates, the seeds and the budget from others. */
  readonly of: string;
  /** The area that its front dominates. */
  readonly hypervolume: number;
  readonly chosen: boolean;
};

/**
 * Tunes every method of an experiment by one rule: of the candidates it takes the one
 * whose front dominates the largest area.
 *
 * The area is the hypervolume of the mean front at the end; see
 * {@linkcode rankTrials}. What was tried before with the same grid, candidates, seeds
 * and budget, and kept, is not tried again, unless it is asked to be `fresh`.
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
 *   worst: { reward: 0, diversity: 0 },
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
    ...["candidates", "seeds", "diversity", "worst", "kept"],
    ...["onProgress", "fresh"],
  ]);
  assertApart(experiment, options);
  const { kept = keptPath(experiment.name), fresh } = options;
  const before = fresh ? [] : await readTrials(kept);
  const known = experiment.arms.map((arm) => {
    const of = trialsOf(experiment, options, arm);
    return before.filter((trial) => trial.of === of);
  });
  const unknown = experiment.arms.filter((_, i) => known[i].length === 0);
  const tried = unknown.length > 0
    ? await tryAll({ ...experiment, arms: unknown }, options)
    : [];
  const trials = [...known.flat(), ...tried];
  const arms = experiment.arms.map((arm) => {
    const { learningRate, updates } = trials.find(({ method, chosen }) =>
      chosen && method === arm.method.name
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
  const { candidates, seeds, diversity, worst, onProgress, fresh } = options;
  const { name, arms, tasks: [{ name: task }], budget } = experiment;
  const rows: Row[] = [];
  for (const [i, { learningRate, updates }] of candidates.entries()) {
    const tuned = { learningRate, updates };
    const tried = await run({
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
    rows.push(...atEnd(tried.rows).map((row) => ({ ...row, ...tuned })));
  }
  const by = ["learningRate", "updates"];
  return arms.flatMap((arm) => {
    const { name: method } = arm.method;
    const own = rows.filter((row) => row.method === method);
    const of = trialsOf(experiment, options, arm);
    // The best comes first.
    return rankTrials(own, { by, diversity, worst }).map((trial, place) => ({
      ...{ task, method, of },
      learningRate: Number(trial.learningRate),
      updates: Number(trial.updates),
      hypervolume: Number(trial.hypervolume),
      chosen: place === 0,
    }));
  });
}

const keptPath = (experiment: string) =>
  join(dataDir, "results", experiment, "tuning.csv");

async function readTrials(path: string): Promise<Trial[]> {
  const rows = await readCsv(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  });
  return rows as unknown as Trial[];
}

/** What trials of an arm are of. */
function trialsOf<Signals>(
  { tasks, budget, xla }: Experiment<Signals>,
  { candidates, seeds, diversity, worst }: TuneOptions,
  { method: { name }, grid }: Arm<Signals>,
): string {
  const over = tasks.map(({ name, reference = 0 }) => [name, reference]);
  return shortHash({
    ...{ over, name, grid, candidates, seeds, diversity, worst, budget, xla },
  });
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
