import { join } from "node:path";
import { runsDir } from "../data/files.ts";
import { type Params } from "../models/params.ts";
import { type Reward } from "../rewards/reward.ts";
import { tf } from "../tf/backend.ts";
import { type Row } from "../train/row.ts";
import { type State, stateGroup } from "../train/state.ts";
import { train } from "../train/train.ts";
import { type Method } from "./methods.ts";
import {
  type FlowPolicy,
  initOnline,
  type OnlineBudget,
  onlineFlowStep,
} from "./online_flow.ts";
import { codeVersion, shortHash } from "./code_version.ts";
import { type Scale } from "./scale.ts";
import { type Sweep, sweepMembers } from "./sweep.ts";

/** How long a run is, on top of what an iteration takes. */
export interface RunBudget extends OnlineBudget {
  /** Online iterations. */
  iterations: number;
  /** Iterations between two evaluations. */
  evaluateEvery: number;
}

/** Called with how far a piece of work is, in percent, and what is running. */
export type ReportProgress = (percent: number, running: string) => unknown;

/** One population: a method over its sweep on one reward. */
export interface FineTuning<S extends Row> {
  /** The scale that the run belongs to. */
  scale: Scale;
  /** The run's name, which is also its checkpoint's. */
  name: string;
  /** What its rows are labelled with. */
  labels: Row;
  policy: FlowPolicy;
  reward: Reward;
  method: Method;
  sweep: Sweep<S>;
  budget: RunBudget;
  /**
   * Measures a population: rows with a `member`, any number of them. `done` tells
   * the last iteration.
   */
  evaluate(
    params: Params,
    at: { iteration: number; done: boolean },
  ): Promise<Row[]>;
  onProgress?: ReportProgress;
}

/** The rows of a fine-tuned population, and where its members ended. */
export interface FineTuned {
  /** Of each evaluation: labels, setting, seed, iteration, whether alive, and what was measured. */
  evaluations: Row[];
  /** Of each log window: labels, setting, seed, iteration, reward, loss, gradient norm. */
  logs: Row[];
  /** The members' parameters, each `[M, ...]`, which the caller disposes. */
  params: Params;
}

/**
 * Fine-tunes a population online and measures it on the way.
 *
 * The run is kept as a checkpoint under `.runs/<scale>/checkpoints/`: started again,
 * it goes on where it stopped, and one that is done, such as a sweep that two
 * notebooks show, is read back. A run of another configuration, or of other code,
 * has a checkpoint of its own.
 *
 * @param options The population.
 * @returns Labelled rows and the final parameters.
 */
export async function fineTune<S extends Row>(
  options: FineTuning<S>,
): Promise<FineTuned> {
  const { scale, name, labels, policy, sweep, budget } = options;
  const members = sweepMembers(sweep);
  const label = (row: Row): Row => {
    const { seed, setting } = members[row.member as number];
    return { ...labels, ...setting, seed, ...row };
  };
  const config = { name, sweep, budget, code: await codeVersion() };
  const file = `${name} ${shortHash(config)}`.replaceAll(/[^a-z0-9]+/gi, "_");

  const { state, logs, evaluations } = await train({
    state: initOnline(policy.reference, members.length),
    step: onlineFlowStep(policy, {
      reward: options.reward,
      method: options.method,
      settings: sweep.settings.length,
      seeds: sweep.seeds,
      budget,
    }),
    iterations: budget.iterations,
    logEvery: budget.evaluateEvery,
    evaluate: {
      every: budget.evaluateEvery,
      async run(state, iteration) {
        const done = iteration === budget.iterations;
        const params = stateGroup(state, "params");
        const rows = await options.evaluate(params, { iteration, done });
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
    params: keepParams(state),
  };
}

/** Takes the parameters out of a final state and disposes the rest. */
function keepParams(state: State): Params {
  const params = stateGroup(state, "params");
  const kept = new Set(Object.values(params));
  tf.dispose(Object.values(state).filter((tensor) => !kept.has(tensor)));
  return params;
}
