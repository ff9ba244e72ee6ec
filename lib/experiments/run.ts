import { join } from "node:path";
import { runsDir } from "../data/files.ts";
import { type Params } from "../models/params.ts";
import { tf } from "../tf/backend.ts";
import { assertKnown } from "../tf/check.ts";
import { unlessStopped } from "../tf/stops.ts";
import { type Row } from "../train/row.ts";
import { stateGroup } from "../train/state.ts";
import { train } from "../train/train.ts";
import { type TrainRows } from "../train/train_options.ts";
import { shortHash } from "./code_version.ts";
import { columnsToRows } from "./columns.ts";
import { assertRunnable } from "./door.ts";
import {
  type Experiment,
  type ReportProgress,
  type Run,
} from "./experiment.ts";
import { forecastRun } from "./forecast.ts";
import { type Observer, type PopulationWatch, watchRun } from "./observe.ts";
import { armsOn, frameOf } from "./pieces.ts";
import { compileMeasures, type Parts, withPopulation } from "./population.ts";
import { type Member } from "./sweep.ts";

/** How an experiment is run. */
export interface RunOptions {
  /** Called with how far the whole of it is, in percent, and what is running. */
  onProgress?: ReportProgress;
  /** Told of the run as it goes, rows and all, such as `liveLog` and `tensorBoard`. */
  observers?: readonly Observer[];
  /** Run anew what a checkpoint could give back. */
  fresh?: boolean;
  /** Called with each population once it is trained, or read back. */
  onTrained?(trained: Trained): unknown;
}

/** A population at its end. */
export interface Trained {
  /** The task's name. */
  readonly task: string;
  /** The method's name. */
  readonly method: string;
  /** The coefficient and the seed of each of M members, in their order. */
  readonly members: readonly Member[];
  /** What was trained, each `[M, ...]`; the run disposes it. */
  readonly params: Params;
}

/**
 * Runs an experiment: fine-tunes each task's policy by each arm's method, one
 * population an arm, and measures it on the way.
 *
 * Each population is kept as a checkpoint under the scale's folder of runs. Started
 * again, it goes on where it stopped; one that is done is read back, and a line says
 * so. What a checkpoint is of is decided by all that decides the outcome: the code,
 * the backend, the graphs of the training step and of the measures with every number
 * and tensor in them (the reward, the method, the reference), the state at the start,
 * the grid, the seeds and the budget. Change any of them, and it runs anew.
 *
 * @param experiment The experiment; the tensors of its tasks stay.
 * @param options Who is told as it goes, and whether to run all anew.
 * @returns Rows and all that set them.
 * @throws {RangeError} If a value is out of range, a name comes twice, or a reward is
 * not finite.
 * @throws {TypeError} If a reward, a measure or a loss has the wrong shape, or an
 * option has an unknown name. The door looks before the first step.
 *
 * @example
 * ```ts
 * import {
 *   adrpo,
 *   arm,
 *   flow,
 *   loadPretrained,
 *   mixtureTask,
 *   run,
 *   type Tensor,
 *   tf,
 * } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const reference = await loadPretrained("mixture_flow");
 * // Better the further to the right.
 * const right = (x1: Tensor) =>
 *   tf.tidy(() => tf.sigmoid(tf.squeeze(tf.slice(x1, [0, 0, 0], [-1, -1, 1]), [2])));
 * const { rows } = await run({
 *   name: "to_the_right",
 *   scale: "smoke",
 *   tasks: [mixtureTask(right, reference, { name: "right" })],
 *   arms: [arm(adrpo(flow), [0.2, 1])],
 *   seeds: [0, 1],
 *   budget: {
 *     iterations: 2,
 *     evaluateEvery: 2,
 *     evaluationSamples: 8,
 *     perContext: 4,
 *     updates: 1,
 *     learningRate: 1e-3,
 *     clipNorm: 1,
 *     divergedAbove: 1e4,
 *   },
 * }, { fresh: true });
 * // Two coefficients, two seeds, measured at the start and at the end.
 * assertEquals(rows.length, 8);
 * tf.dispose(reference);
 * ```
 */
export function run<Signals>(
  experiment: Experiment<Signals>,
  options: RunOptions = {},
): Promise<Run> {
  return unlessStopped(() => runAll(experiment, options));
}

async function runAll<Signals>(
  experiment: Experiment<Signals>,
  options: RunOptions,
): Promise<Run> {
  assertKnown("the options of run", options, [
    ...["onProgress", "observers", "fresh", "onTrained"],
  ]);
  await assertRunnable(experiment);
  const { observers = [], fresh, onTrained } = options;
  const { tasks, budget: { iterations, evaluationSamples } } = experiment;
  const populations = tasks.flatMap((task) => armsOn(task, experiment)).length;
  const rows: Row[] = [];
  const shown: Row[] = [];
  const frontiers: Row[] = [];
  const whole = { ...frameOf(experiment), rows, shown, frontiers };
  const ahead = {
    total: populations * iterations,
    // It takes a second: only where someone is told.
    forecast: observers.length > 0 ? await forecastRun(experiment) : undefined,
  };
  const watch = watchRun(whole, ahead, [
    ({ running, done, total }) =>
      options.onProgress?.(100 * done / total, running),
    ...observers,
  ]);
  await watch.start();
  let done = 0;
  for (const task of tasks) {
    using measures = compileMeasures(task, evaluationSamples);
    for (const arm of armsOn(task, experiment)) {
      const { onTokens, onProgress } = watch.population(done);
      const parts = { task, arm, measures, onTokens };
      const told = { fresh, onProgress, onTrained };
      const result = await runPopulation(experiment, parts, told);
      done += iterations;
      rows.push(...result.rows);
      shown.push(...result.shown);
    }
    if (task.reference) continue; // Its frontier is about that of the first one.
    const points = await task.frontier?.() ?? [];
    frontiers.push(...points.map((point) => ({ task: task.name, ...point })));
  }
  return whole;
}

/** Trains one population, the sweep of one arm on one task, and measures it. */
function runPopulation<Signals>(
  experiment: Experiment<Signals>,
  parts: Parts<Signals>,
  { fresh, onProgress, onTrained }:
    & Pick<RunOptions, "fresh" | "onTrained">
    & Pick<PopulationWatch, "onProgress">,
): Promise<Pick<Run, "rows" | "shown">> {
  const { scale, xla = false } = experiment;
  const { iterations, evaluateEvery, perContext } = experiment.budget;
  const { task, measures } = parts;
  return withPopulation(experiment, parts, async (population) => {
    const { name, state, iterate, identity, coefficient, members, label } =
      population;
    const file = `${name} ${shortHash(identity)}`.replaceAll(
      /[^a-z0-9]+/gi,
      "_",
    );
    const path = join(runsDir(scale), "checkpoints", `${file}.safetensors`);
    if (fresh) await Deno.remove(path).catch(() => {});
    const answers = coefficient.size * task.policy.contexts * perContext;
    let own: Pick<Run, "rows" | "shown"> = { rows: [], shown: [] };

    const trained = await train({
      state,
      ...iterate,
      xla,
      iterations,
      logEvery: evaluateEvery,
      evaluate: {
        every: evaluateEvery,
        async run(state, iteration) {
          const done = iteration === iterations;
          const params = stateGroup(state, "params");
          const { columns, drawn } = measures.of({ done })(params, coefficient);
          const signals = tf.tidy(() =>
            population.measureSignals(state, drawn)
          );
          tf.dispose(drawn);
          const rows = await columnsToRows({ ...columns, ...signals });
          const alive = await state.alive.data();
          return rows.map((row, member) => ({
            ...row,
            alive: alive[member] === 1,
          }));
        },
      },
      // The answers of one reference are enough to look at.
      show: task.reference || !task.show ? undefined : {
        every: evaluateEvery,
        run: (state, iteration) =>
          task.show!(stateGroup(state, "params"), population.firstSeeds, {
            done: iteration === iterations,
          }),
      },
      checkpoint: { path, every: evaluateEvery, config: identity },
      onProgress({ iteration, ...all }) {
        const more = all.evaluations.length > own.rows.length;
        if (more) own = labelled(all, label);
        return onProgress({ name, iteration, answers, own });
      },
    });
    await onTrained?.({
      ...{ task: task.name, method: parts.arm.method.name, members },
      params: stateGroup(trained.state, "params"),
    });
    tf.dispose(trained.state);
    if (trained.resumedAt === iterations) {
      console.log(
        `Read back: ${name}. It was run before with the same code, data and options; { fresh: true } runs it anew.`,
      );
    }
    return labelled(trained, label);
  });
}

/** The rows of a population as a run has them. */
const labelled = (
  { logs, evaluations, shown }: TrainRows,
  label: (row: Row) => Row,
) => ({
  rows: withLogs(evaluations, logs).map(label),
  shown: shown.map(label),
});

/** Puts the means of the window that ends at an evaluation beside it. */
function withLogs(evaluations: readonly Row[], logs: readonly Row[]): Row[] {
  const keyOf = ({ member, iteration }: Row) => `${member} ${iteration}`;
  const windows = new Map(logs.map((row) => [keyOf(row), row]));
  const names = Object.keys(logs[0] ?? {});
  const none = Object.fromEntries(names.map((name) => [name, NaN]));
  return evaluations.map((row) => ({
    ...windows.get(keyOf(row)) ?? none,
    ...row,
  }));
}
