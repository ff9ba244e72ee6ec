import { compile, fingerprint } from "../compile/mod.ts";
import { contextIds } from "../data/context_ids.ts";
import { type Arm } from "../methods/method.ts";
import {
  drawAnswers,
  learn,
  type Online,
  type Writers,
  writersOf,
} from "../methods/iteration.ts";
import { initOnline, onlineStep } from "../methods/online.ts";
import { type Params } from "../models/params.ts";
import { type Sample, type Tensors } from "../policies/policy.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { type Row } from "../train/row.ts";
import { optionalGroup, type State, stateGroup } from "../train/state.ts";
import { type TrainOptions } from "../train/train_options.ts";
import { codeVersion, shortHash } from "./code_version.ts";
import { assertColumns } from "./columns.ts";
import { assertRewards } from "./door.ts";
import {
  type Budget,
  type Experiment,
  type MeasuredAt,
  type Task,
} from "./experiment.ts";
import { coefficients, type Member, seedsOf, sweepMembers } from "./sweep.ts";

/** What is measured of a task's members, compiled once for all its arms. */
export function compileMeasures<Signals>(task: Task<Signals>, samples: number) {
  const measureAt =
    (done: boolean) => (params: Params, coefficient: Tensor) => {
      const at: MeasuredAt = { coefficient, samples, done };
      const columns = task.measure(params, at);
      assertColumns(task.name, columns, coefficient.shape[0]);
      return { columns, drawn: task.signals?.draw(params, at) ?? {} };
    };
  const atEnd = measureAt(true);
  const compiledAtEnd = compile(atEnd);
  // What takes the parameters alone is the same at the end: it is traced once.
  const same = task.measure.length < 2 && !task.signals;
  const underway = same ? atEnd : measureAt(false);
  const compiledUnderway = same ? compiledAtEnd : compile(underway);
  const fingerprints = new Map<number, string[]>();
  return {
    of: ({ done }: { done: boolean }) =>
      done ? compiledAtEnd : compiledUnderway,
    /** One for each size of a population: arms of one size share it. */
    async fingerprint(params: Params, coefficient: Tensor): Promise<string[]> {
      const members = coefficient.size;
      const known = fingerprints.get(members) ??
        await Promise.all(
          [...new Set([underway, atEnd])].map((measure) =>
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

/** What a population is made of: an arm on a task, and the measures of that. */
export interface Parts<Signals> {
  task: Task<Signals>;
  arm: Arm<Signals>;
  measures: Measures;
  /** Called with how many tokens an iteration drew, where a host rewards tokens. */
  onTokens?(count: number): void;
}

/** A population as it starts, and all that decides what becomes of it. */
export interface Population {
  name: string;
  state: State;
  iterate: Iteration;
  /** Each member's coefficient, `[M, 1, 1]`. */
  coefficient: Tensor;
  /** The setting and the seed of each member. */
  members: readonly Member[];
  /** The first member of each setting. */
  firstSeeds: readonly number[];
  measureSignals(state: State, drawn: Record<string, Tensor>): Tensors;
  /** Puts what a member is before its row. */
  label(row: Row): Row;
  identity: Record<string, unknown>;
}

/** Makes a population, uses it and disposes it. */
export async function withPopulation<Signals, T>(
  experiment: Experiment<Signals>,
  { task, arm, measures, onTokens }: Parts<Signals>,
  use: (population: Population) => Promise<T>,
): Promise<T> {
  const { method, grid } = arm;
  const { xla = false } = experiment;
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
        method.terms(
          coefficient,
          rewards,
          optionalGroup(state, "memory") ?? {},
          sample,
        ),
      coefficient,
    }) ?? {};
    assertColumns(task.name, columns, members.length);
    return columns;
  };

  const state = initOnline(online, task.startRewards);
  try {
    using iterate = iterationOf(online, task, onTokens);
    const identity = {
      name,
      sweep,
      budget,
      ...xla && { xla },
      code: await codeVersion(),
      ...await identityOf(task, iterate, {
        state,
        measures,
        measureSignals,
        coefficient,
        firstSeeds,
      }),
    };
    return await use({
      ...{ name, state, iterate, coefficient, members, firstSeeds },
      ...{ measureSignals, label, identity },
    });
  } finally {
    tf.dispose([coefficient, state]);
  }
}

type Draw = (writers: Writers, iteration: Tensor) => Sample;

/** What trains, and apart from it what draws, where a reward on the host comes between. */
type Iteration =
  & Pick<TrainOptions, "step" | "given">
  & { draw?: Draw }
  & Disposable;

/** An iteration: one step for a reward in tensors, two parts around one on the host. */
function iterationOf<Signals>(
  online: Online<Signals>,
  { name, reward }: Task<Signals>,
  onTokens?: (count: number) => void,
): Iteration {
  if (typeof reward === "function") {
    return { step: onlineStep(online, reward), [Symbol.dispose]() {} };
  }
  const { policy, budget } = online;
  const draw = compile((writers: Writers, iteration: Tensor) =>
    drawAnswers(online, writers, iteration)
  );
  return {
    draw,
    async given(state, iteration) {
      const number = tf.scalar(iteration, "int32");
      const sample = draw(writersOf(state), number);
      const c = contextIds(policy.contexts, budget.perContext);
      let rewards: Tensor | undefined;
      try {
        rewards = await reward.score(sample.answers, c);
        await assertRewards(name, rewards, sample.answers);
        if (sample.mask) onTokens?.(await sumOf(sample.mask));
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

async function sumOf(values: Tensor): Promise<number> {
  const sum = tf.sum(values);
  const [total] = await sum.data();
  sum.dispose();
  return total;
}

/** Fingerprints all that decides the outcome beside plain options. */
async function identityOf<Signals>(
  task: Task<Signals>,
  { draw, step }: Iteration,
  { state, measures, measureSignals, coefficient, firstSeeds }: {
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
  const given = draw
    ? tf.tidy(() => {
      const sample = draw(writersOf(state), iteration);
      const rewards = tf.zeros(sample.answers.shape.slice(0, 2));
      return { ...sample, rewards };
    })
    : {};
  try {
    return {
      start: await fingerprint(() => state, []),
      step: await fingerprint(step, [state, iteration, given]),
      reward: draw && typeof task.reward !== "function"
        ? [
          `${task.reward.name} ${task.reward.score}`,
          await fingerprint(draw, [writersOf(state), iteration]),
        ]
        : undefined,
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
