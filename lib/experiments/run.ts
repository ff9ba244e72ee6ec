import { join } from "node:path";
import { compile, fingerprint } from "../compile/mod.ts";
import { contextIds } from "../data/context_ids.ts";
import { runsDir } from "../data/files.ts";
import { type Arm } from "../methods/method.ts";
import {
  drawAnswers,
  initOnline,
  learn,
  type Online,
  onlineStep,
  type Writers,
  writersOf,
} from "../methods/online.ts";
import { type Params } from "../models/params.ts";
import { type Sample } from "../policies/policy.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { assertKnown } from "../tf/check.ts";
import { unlessStopped } from "../tf/stops.ts";
import { type Row } from "../train/row.ts";
import { type State, stateGroup } from "../train/state.ts";
import { train, type TrainOptions } from "../train/train.ts";
import { codeVersion, shortHash } from "./code_version.ts";
import { assertColumns, columnsToRows } from "./columns.ts";
import { assertRewards, assertRunnable } from "./door.ts";
import {
  type Budget,
  type Experiment,
  type MeasuredAt,
  type ReportProgress,
  type Run,
  type Task,
} from "./experiment.ts";
import { coefficients, seedsOf, sweepMembers } from "./sweep.ts";

/** How an experiment is run. */
export interface RunOptions {
  /** Called with how far the whole of it is, in percent, and what is running. */
  onProgress?: ReportProgress;
  /** Run anew what a checkpoint could give back. */
  fresh?: boolean;
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
 * @param options Progress, and whether to run all anew.
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
  assertKnown("the options of run", options, ["onProgress", "fresh"]);
  await assertRunnable(experiment);
  const { name, scale, tasks, arms, seeds, budget } = experiment;
  const pairs = tasks.flatMap((task) =>
    arms.filter(({ on }) => !on || on.includes(task.name))
      .map((arm) => ({ task, arm }))
  );
  const references = new Set(tasks.map(({ reference = 0 }) => reference));
  const rows: Row[] = [];
  const shown: Row[] = [];
  const frontiers: Row[] = [];
  let finished = 0;
  for (const task of tasks) {
    using measures = compileMeasures(task, budget.evaluationSamples);
    for (const { arm } of pairs.filter((pair) => pair.task === task)) {
      const result = await runPopulation(experiment, {
        task,
        arm,
        measures,
        fresh: options.fresh,
        onProgress: (percent, running) =>
          options.onProgress?.(
            (100 * finished + percent) / pairs.length,
            running,
          ),
      });
      finished++;
      rows.push(...result.rows);
      shown.push(...result.shown);
    }
    if (task.reference) continue; // Its frontier is about that of the first one.
    const points = await task.frontier?.() ?? [];
    frontiers.push(...points.map((point) => ({ task: task.name, ...point })));
  }
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
      ...experiment.xla && { xla: true },
    },
    rows,
    shown,
    frontiers,
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

/** What is measured of a task's members, compiled once for all its arms. */
function compileMeasures<Signals>(task: Task<Signals>, samples: number) {
  const measureAt =
    (done: boolean) => (params: Params, coefficient: Tensor) => {
      const at: MeasuredAt = { coefficient, samples, done };
      const columns = task.measure(params, at);
      assertColumns(task.name, columns, coefficient.shape[0]);
      return { columns, drawn: task.signals?.draw(params, at) ?? {} };
    };
  const [underway, atEnd] = [measureAt(false), measureAt(true)];
  const [compiledUnderway, compiledAtEnd] = [compile(underway), compile(atEnd)];
  const fingerprints = new Map<number, string[]>();
  return {
    of: ({ done }: { done: boolean }) =>
      done ? compiledAtEnd : compiledUnderway,
    /** One for each size of a population: arms of one size share it. */
    async fingerprint(params: Params, coefficient: Tensor): Promise<string[]> {
      const members = coefficient.size;
      const known = fingerprints.get(members) ??
        await Promise.all(
          [underway, atEnd].map((measure) =>
            fingerprint(measure, [params, coefficient])
          ),
        );
      fingerprints.set(members, known);
      return known;
    },
    [Symbol.dispose]() {
      compiledUnderway.dispose();
      compiledAtEnd.dispose();
    },
  };
}

type Measures = ReturnType<typeof compileMeasures>;

/** The budget of an arm: the experiment's, but for what was tuned. */
function budgetOf<Signals>({ tuned }: Arm<Signals>, budget: Budget): Budget {
  const {
    learningRate = budget.learningRate,
    updates = budget.updates,
  } = tuned ?? {};
  return { ...budget, learningRate, updates };
}

/** Trains one population, the sweep of one arm on one task, and measures it. */
async function runPopulation<Signals>(
  experiment: Experiment<Signals>,
  { task, arm, measures, fresh, onProgress }: {
    task: Task<Signals>;
    arm: Arm<Signals>;
    measures: Measures;
    fresh?: boolean;
    onProgress: ReportProgress;
  },
): Promise<{ rows: Row[]; shown: Row[] }> {
  const { method, grid } = arm;
  const { scale, xla = false } = experiment;
  const budget = budgetOf(arm, experiment.budget);
  const seeds = seedsOf(task, experiment);
  const sweep = { grid, seeds };
  const members = sweepMembers(sweep);
  const firstSeeds = grid.map((_, setting) => setting * seeds.length);
  const coefficient = coefficients(sweep);
  const online: Online<Signals> = {
    policy: task.policy,
    method,
    coefficient,
    seeds,
    budget,
  };
  const { reference } = task;
  const name = [task.name, method.name, ...reference ? [reference] : []]
    .join(" ");
  const label = ({ member, ...row }: Row): Row => {
    const { seed, coefficient } = members[member as number];
    return {
      task: task.name,
      ...reference !== undefined && { reference },
      ...{ method: method.name, coefficient, seed, ...row },
    };
  };
  const measureSignals = (state: State, drawn: Record<string, Tensor>) => {
    const columns = task.signals?.measure(drawn, {
      terms: (rewards, sample) =>
        method.terms(coefficient, rewards, groupOf(state, "memory"), sample),
      coefficient,
    }) ?? {};
    assertColumns(task.name, columns, members.length);
    return columns;
  };

  const state = initOnline(online, task.startRewards);
  try {
    using iterate = iterationOf(online, task);
    const identity = {
      name,
      sweep,
      budget,
      ...xla && { xla },
      code: await codeVersion(),
      ...await identityOf(task, iterate, {
        draw: (writers, iteration) => drawAnswers(online, writers, iteration),
        state,
        measures,
        measureSignals,
        coefficient,
        firstSeeds,
      }),
    };
    const file = `${name} ${shortHash(identity)}`.replaceAll(
      /[^a-z0-9]+/gi,
      "_",
    );
    const path = join(runsDir(scale), "checkpoints", `${file}.safetensors`);
    if (fresh) await Deno.remove(path).catch(() => {});

    const trained = await train({
      state,
      ...iterate,
      xla,
      iterations: budget.iterations,
      logEvery: budget.evaluateEvery,
      evaluate: {
        every: budget.evaluateEvery,
        async run(state, iteration) {
          const done = iteration === budget.iterations;
          const params = stateGroup(state, "params");
          const { columns, drawn } = measures.of({ done })(params, coefficient);
          const signals = tf.tidy(() => measureSignals(state, drawn));
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
      show: reference || !task.show ? undefined : {
        every: budget.evaluateEvery,
        run: (state, iteration) =>
          task.show!(stateGroup(state, "params"), firstSeeds, {
            done: iteration === budget.iterations,
          }),
      },
      checkpoint: { path, every: budget.evaluateEvery, config: identity },
      onProgress: ({ iteration, iterations }) =>
        onProgress(100 * iteration / iterations, name),
    });
    tf.dispose(trained.state);
    if (trained.resumedAt === budget.iterations) {
      console.log(
        `Read back: ${name}. It was run before with the same code, data and options; { fresh: true } runs it anew.`,
      );
    }
    return {
      rows: withLogs(trained.evaluations, trained.logs).map(label),
      shown: trained.shown.map(label),
    };
  } finally {
    tf.dispose([coefficient, state]);
  }
}

type Iteration = Pick<TrainOptions, "step" | "given"> & Disposable;

/** An iteration: one step for a reward in tensors, two parts around one on the host. */
function iterationOf<Signals>(
  online: Online<Signals>,
  { name, reward }: Task<Signals>,
): Iteration {
  if (typeof reward === "function") {
    return { step: onlineStep(online, reward), [Symbol.dispose]() {} };
  }
  const { policy, budget } = online;
  const draw = compile((writers: Writers, iteration: Tensor) =>
    drawAnswers(online, writers, iteration)
  );
  return {
    async given(state, iteration) {
      const number = tf.scalar(iteration, "int32");
      const sample = draw(writersOf(state), number);
      const c = contextIds(policy.contexts, budget.perContext);
      let rewards: Tensor | undefined;
      try {
        rewards = await reward.score(sample.answers, c);
        await assertRewards(name, rewards, sample.answers);
        return { ...sample, rewards };
      } catch (error) {
        tf.dispose({ ...sample, ...rewards && { rewards } });
        throw error;
      } finally {
        tf.dispose([number, c]);
      }
    },
    step: (state, iteration, { rewards, ...sample }) =>
      learn(online, state, { iteration, sample: sample as Sample, rewards }),
    [Symbol.dispose]: () => draw.dispose(),
  };
}

/** Fingerprints all that decides the outcome beside plain options. */
async function identityOf<Signals>(
  task: Task<Signals>,
  { step }: Iteration,
  { draw, state, measures, measureSignals, coefficient, firstSeeds }: {
    draw: (writers: Writers, iteration: Tensor) => Sample;
    state: State;
    measures: Measures;
    measureSignals: (state: State, drawn: Record<string, Tensor>) => unknown;
    coefficient: Tensor;
    firstSeeds: readonly number[];
  },
): Promise<Record<string, unknown>> {
  const params = stateGroup(state, "params");
  const { drawn, columns } = measures.of({ done: false })(params, coefficient);
  const iteration = tf.scalar(0, "int32");
  // What a host gives has the form of this, whatever its values.
  const given = typeof task.reward === "function" ? {} : tf.tidy(() => {
    const sample = draw(writersOf(state), iteration);
    const rewards = tf.zeros(sample.answers.shape.slice(0, 2));
    return { ...sample, rewards };
  });
  try {
    return {
      start: await fingerprint(() => state, []),
      step: await fingerprint(step, [state, iteration, given]),
      reward: typeof task.reward === "function" ? undefined : [
        `${task.reward.name} ${task.reward.score}`,
        await fingerprint(draw, [writersOf(state), iteration]),
      ],
      measures: await measures.fingerprint(params, coefficient),
      signals: task.signals &&
        await fingerprint(measureSignals, [state, drawn]),
      // No graph tells what it shows, but what it shows at the start does.
      show: task.show && [
        `${task.show}`,
        shortHash(await task.show(params, firstSeeds, { done: false })),
        shortHash(await task.show(params, firstSeeds, { done: true })),
      ],
    };
  } finally {
    tf.dispose([drawn, columns, iteration, given]);
  }
}

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

/** A group of a state; `{}` if it has none. */
function groupOf(state: State, name: string): Record<string, Tensor> {
  return Object.keys(state).some((key) => key.startsWith(`${name}/`))
    ? stateGroup(state, name)
    : {};
}
