import { type Arm } from "../methods/method.ts";
import { type Experiment, type Task } from "./experiment.ts";
import { type RunFrame } from "./join_runs.ts";
import { seedsOf } from "./sweep.ts";

/** The arms that run on a task. */
export function armsOn<Signals>(
  { name }: Task<Signals>,
  { arms }: Experiment<Signals>,
): Arm<Signals>[] {
  return arms.filter(({ on }) => !on || on.includes(name));
}

/** All of a run that is known before it. */
export function frameOf<Signals>(
  experiment: Experiment<Signals>,
): RunFrame {
  const { name, scale, tasks, arms, seeds, budget, xla } = experiment;
  const references = new Set(tasks.map(({ reference = 0 }) => reference));
  return {
    experiment: name,
    scale,
    config: {
      tasks: [...new Set(tasks.map(({ name }) => name))],
      ...references.size > 1 && { references: references.size },
      arms: arms.map(({ method, grid, on, tuned }) => ({
        method: method.name,
        [method.coefficient]: grid,
        ...on && { on },
        ...tuned,
      })),
      seeds,
      budget,
      ...xla && { xla },
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
    armsOn(task, experiment).map((arm, i) => ({
      ...experiment,
      tasks: [i === 0 ? task : { ...task, frontier: undefined }],
      arms: [{ ...arm, on: undefined }],
      seeds: seedsOf(task, experiment),
    }))
  );
}
