import { type Experiment, type Task } from "../experiments/experiment.ts";
import { type RunOptions } from "../experiments/run.ts";
import { armsOn } from "../experiments/pieces.ts";
import { type Method } from "../methods/method.ts";
import { type Protocol } from "./protocol.ts";
import { studyExperiment } from "./study_experiment.ts";
import { type Trial, tune } from "./tune.ts";

/** What is explored of a track. */
export interface Explored<Signals> extends RunOptions {
  /** The first of the track's tasks, from its first reference. */
  task: Task<Signals>;
  /** The methods to tune, of the names that the protocol has. */
  methods: readonly Method<Signals>[];
  /** The file of what was tried before. */
  kept: string;
}

/**
 * Tunes the methods of a track by the protocol's rule, on three of its exploration seeds.
 * What it finds is for the protocol, before anything is confirmed.
 *
 * @param protocol The protocol; its grids, horizon and budget hold, its learning rates
 * and updates are what is looked for.
 * @param track The name of the track.
 * @param explored The task, the methods, and where earlier trials are kept.
 * @returns A row a method and candidate; see {@linkcode tune}.
 * @throws {RangeError} If the protocol has no such track, task or method.
 */
export async function explore<Signals>(
  protocol: Protocol,
  track: string,
  { task, methods, kept, ...options }: Explored<Signals>,
): Promise<Trial[]> {
  const whole = studyExperiment(protocol, track, {
    name: `explore_${track}`,
    scale: "full",
    ...{ tasks: [task], methods },
  });
  const { tuning: { candidates, iterations }, tracks: { [track]: own } } =
    protocol;
  const experiment: Experiment<Signals> = {
    ...whole,
    arms: armsOn(task, whole),
    seeds: own.seeds.confirmation.flat(), // None of them may be explored on.
    budget: {
      ...whole.budget,
      ...{ iterations, evaluateEvery: iterations },
      ...candidates[0],
    },
  };
  const { trials } = await tune(experiment, {
    ...options,
    ...{ candidates, kept },
    diversity: own.tasks[task.name].diversity,
    seeds: own.seeds.exploration.slice(0, 3),
  });
  return trials;
}
