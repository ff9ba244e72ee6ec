import { type Experiment, type Task } from "../experiments/experiment.ts";
import { type RunOptions } from "../experiments/run.ts";
import { arm, type Method } from "../methods/method.ts";
import { type Protocol } from "./protocol.ts";
import { type Trial, tune } from "./tune.ts";

/** What is explored of a track. */
export interface Explored<Signals> extends RunOptions {
  /** The first of the track's tasks, over some of its references. */
  tasks: readonly Task<Signals>[];
  /** The methods to tune, of the names that the protocol has. */
  methods: readonly Method<Signals>[];
  /** The file of what was tried before. */
  kept: string;
}

/**
 * Tunes the methods of a track by the protocol's rule, on its exploration seeds: two a
 * reference. What it finds is for the protocol, before anything is confirmed.
 *
 * @param protocol The protocol; its grids, horizon and budget hold, its learning rates
 * and updates are what is looked for.
 * @param track The name of the track.
 * @param explored The tasks, the methods, and where earlier trials are kept.
 * @returns A row a method and candidate; see {@linkcode tune}.
 */
export async function explore<Signals>(
  { tracks, tuning }: Protocol,
  track: string,
  { tasks, methods, kept, ...options }: Explored<Signals>,
): Promise<Trial[]> {
  const { methods: own, seeds, horizon, budget, ...of } = tracks[track];
  const [{ name }] = tasks;
  const { diversity } = of.tasks[name];
  const { candidates } = tuning;
  const experiment: Experiment<Signals> = {
    name: `explore_${track}`,
    scale: "full",
    tasks,
    arms: methods.filter(({ name: method }) =>
      own[method].on?.includes(name) ?? true
    ).map((method) => arm(method, own[method.name].grid!)),
    seeds: seeds.confirmation.flat(),
    budget: {
      ...budget,
      ...{ iterations: horizon.iterations, evaluateEvery: horizon.iterations },
      ...candidates[0],
    },
  };
  const { trials } = await tune(experiment, {
    ...options,
    ...{ candidates, diversity, kept },
    seeds: seeds.exploration.slice(0, 2 * tasks.length),
  });
  return trials;
}
