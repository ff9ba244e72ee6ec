import { join } from "node:path";
import { runsDir } from "../data/files.ts";
import { type Row } from "../train/row.ts";
import { type State } from "../train/state.ts";
import { type Step, train } from "../train/train.ts";
import { codeVersion, shortHash } from "./code_version.ts";
import { type ReportProgress } from "./run.ts";
import { type Scale } from "./scale.ts";
import { type Sweep, sweepMembers } from "./sweep.ts";

/** A population to train: a sweep of one algorithm. */
export interface Population<S extends Row> {
  /** The scale that the run belongs to. */
  scale: Scale;
  /** The run's name, which is also its checkpoint's. */
  name: string;
  /** What its rows are labelled with. */
  labels: Row;
  sweep: Sweep<S>;
  /** The state to start with, with `alive`; it is taken over. */
  state: State;
  /** The algorithm. */
  step: Step;
  /** Iterations, and those between two evaluations. */
  budget: { iterations: number; evaluateEvery: number };
  /** Measures the members: rows with a `member`, any number of them. */
  evaluate(
    state: State,
    at: { iteration: number; done: boolean },
  ): Promise<Row[]>;
  onProgress?: ReportProgress;
}

/** The rows of a trained population, and where its members ended. */
export interface TrainedPopulation {
  /** Of each evaluation: labels, setting, seed, iteration, alive, and what was measured. */
  evaluations: Row[];
  /** Of each log window: labels, setting, seed, iteration, and the means of the logs. */
  logs: Row[];
  /** The final state, which the caller disposes. */
  state: State;
}

/**
 * Trains a population and measures it on the way.
 *
 * The run is kept as a checkpoint under `.runs/<scale>/checkpoints/`: started again,
 * it goes on where it stopped, and one that is done, such as a sweep that two
 * notebooks show, is read back. A run of another configuration, or of other code,
 * has a checkpoint of its own.
 *
 * @param options The population.
 * @returns Labelled rows and the final state.
 */
export async function trainPopulation<S extends Row>(
  options: Population<S>,
): Promise<TrainedPopulation> {
  const { scale, name, labels, sweep, budget } = options;
  const members = sweepMembers(sweep);
  const label = (row: Row): Row => {
    const { seed, setting } = members[row.member as number];
    return { ...labels, ...setting, seed, ...row };
  };
  const config = { name, sweep, budget, code: await codeVersion() };
  const file = `${name} ${shortHash(config)}`.replaceAll(/[^a-z0-9]+/gi, "_");

  const { state, logs, evaluations } = await train({
    state: options.state,
    step: options.step,
    iterations: budget.iterations,
    logEvery: budget.evaluateEvery,
    evaluate: {
      every: budget.evaluateEvery,
      async run(state, iteration) {
        const done = iteration === budget.iterations;
        const rows = await options.evaluate(state, { iteration, done });
        const alive = await state.alive.data();
        return rows.map((row) => ({
          ...row,
          alive: alive[row.member as number] === 1,
        }));
      },
    },
    checkpoint: {
      path: join(runsDir(scale), "checkpoints", `${file}.safetensors`),
      every: budget.evaluateEvery,
      config,
    },
    onProgress: ({ iteration, iterations }) =>
      options.onProgress?.(100 * iteration / iterations, name),
  });
  return {
    evaluations: evaluations.map(label),
    logs: logs.map(label),
    state,
  };
}
