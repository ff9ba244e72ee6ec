import { type Arm } from "../methods/method.ts";
import { type Experiment, type Run, type Task } from "./experiment.ts";

/** The arms that run on a task. */
export function armsOn<Signals>(
  { name }: Task<Signals>,
  { arms }: Experiment<Signals>,
): Arm<Signals>[] {
  return arms.filter(({ on }) => !on || on.includes(name));
}

/** All of a run but its rows. */
export type RunFrame = Omit<Run, "rows" | "shown" | "frontiers">;

/** What a run, or a piece of one, leaves. */
export type RunRows = Pick<Run, "rows" | "shown" | "frontiers">;

/** All of a run that is known before it. */
export function frameOf<Signals>(
  { name, scale, tasks, arms, seeds, budget }: Experiment<Signals>,
): RunFrame {
  return {
    experiment: name,
    scale,
    config: {
      tasks: tasks.map(({ name }) => name),
      arms: arms.map(({ method, grid, on }) => ({
        method: method.name,
        [method.coefficient]: grid,
        ...on && { on },
      })),
      seeds,
      budget,
    },
    tasks: Object.fromEntries(
      tasks.map(({ name, title = name }) => [name, title]),
    ),
    methods: Object.fromEntries(
      arms.map(({ method: { name, coefficient, look } }) => [
        name,
        { coefficient, look },
      ]),
    ),
  };
}

/**
 * Splits an experiment into parts that may run anywhere, in any order: one population
 * each, by task, then by arm. The first of a task has its frontier.
 *
 * @param experiment The experiment.
 * @returns Experiments of one task and one arm.
 */
export function pieces<Signals>(
  experiment: Experiment<Signals>,
): Experiment<Signals>[] {
  return experiment.tasks.flatMap((task) =>
    armsOn(task, experiment).map(({ method, grid }, i) => ({
      ...experiment,
      tasks: [i === 0 ? task : { ...task, frontier: undefined }],
      arms: [{ method, grid }],
    }))
  );
}

/**
 * Puts what became of the pieces of an experiment together: the same as of the whole.
 *
 * @param frame The experiment's, of {@linkcode frameOf}.
 * @param runs Of all pieces, in the order of {@linkcode pieces}.
 */
export function joinRuns(frame: RunFrame, runs: readonly RunRows[]): Run {
  return {
    ...frame,
    rows: runs.flatMap(({ rows }) => rows),
    shown: runs.flatMap(({ shown }) => shown),
    frontiers: runs.flatMap(({ frontiers }) => frontiers),
  };
}
