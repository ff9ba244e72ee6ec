import { compile } from "../compile/mod.ts";
import { type Params } from "../models/params.ts";
import { type Reward } from "../rewards/reward.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { type Row } from "../train/row.ts";
import { stateGroup } from "../train/state.ts";
import { assertRunnable } from "./assert_task.ts";
import { columnsToRows } from "./columns.ts";
import { type Method } from "./methods.ts";
import {
  type FlowPolicy,
  initOnline,
  onlineFlowStep,
  type RunBudget,
} from "./online_flow.ts";
import { trainPopulation } from "./population.ts";
import { type ReportProgress } from "./run.ts";
import { type Scale } from "./scale.ts";
import { drawPaths, measureSignals } from "./signals.ts";
import { sweepBetas } from "./sweep.ts";

/** A pretrained flow, a reward, and how to measure what becomes of it. */
export interface FlowTask {
  /** The task's name, as tables show it. */
  name: string;
  policy: FlowPolicy;
  reward: Reward;
  /**
   * Measures M members: columns of one value a member, `[M]`. It is compiled, so
   * that it reads no value back.
   *
   * @param samples Samples of each context to measure on.
   * @param done Whether training is over: what is dear is measured then only.
   */
  measure(
    params: Params,
    at: { samples: number; done: boolean },
  ): Record<string, Tensor>;
  /** Samples to show, of each setting with the first seed: rows with a `member`. */
  show?(params: Params, members: readonly number[]): Promise<Row[]>;
}

/** A method and the grid of its coefficient. */
export interface Arm {
  /** The method's name, as tables and legends show it. */
  method: string;
  /** The coefficients to sweep: `beta`, or ADRPO's `beta0`. */
  betas: readonly number[];
  /** Makes the method of a population from each member's coefficient, `[M, 1, 1]`. */
  make(beta: Tensor): Method;
}

/** What every arm of an experiment shares: the same budget for each. */
export interface ArmsOptions {
  scale: Scale;
  seeds: readonly number[];
  budget: RunBudget;
  /** Samples of each context that members are measured on. */
  evaluationSamples: number;
  onProgress?: ReportProgress;
}

/** What the arms of an experiment left. */
export interface ArmsResult {
  /** A row a member and evaluation. */
  rows: Row[];
  /** A row a shown sample and evaluation. */
  shown: Row[];
}

/**
 * Fine-tunes a flow by each method on each task, one population an arm.
 *
 * @param tasks The tasks; their parameters stay.
 * @param arms The methods.
 * @param options What they share.
 * @returns Rows with `task`, `method`, `beta`, `seed`, `iteration` and `alive`: `rows`
 * has the columns of the task's `measure` and of {@linkcode measureSignals}, `shown`
 * those of its `show`.
 * @throws {RangeError} If a coefficient is out of range, or a reward is not finite.
 * @throws {TypeError} If a reward does not give one value a sample.
 */
export async function runArms(
  tasks: readonly FlowTask[],
  arms: readonly Arm[],
  { scale, seeds, budget, evaluationSamples: samples, onProgress }: ArmsOptions,
): Promise<ArmsResult> {
  await assertRunnable(tasks, arms);
  const evaluations: Row[] = [];
  const populations = tasks.length * arms.length;
  let finished = 0;
  for (const task of tasks) {
    const { policy, reward } = task;
    const observe = (done: boolean) =>
      compile((params: Params) => ({
        columns: task.measure(params, { samples, done }),
        paths: drawPaths(policy, params, { reward, perContext: samples }),
      }));
    using underway = observe(false);
    using atEnd = observe(true);
    for (const arm of arms) {
      const { sweep, betas, beta, firstSeeds } = sweepBetas(arm.betas, seeds);
      const method = arm.make(beta);
      const run = await trainPopulation({
        scale,
        name: `${task.name} ${arm.method}`,
        labels: { task: task.name, method: arm.method },
        sweep,
        state: initOnline(policy.reference, betas.length),
        step: onlineFlowStep(policy, {
          reward,
          method,
          settings: arm.betas.length,
          seeds,
          budget,
        }),
        budget,
        async evaluate(state, { done }) {
          const params = stateGroup(state, "params");
          const { columns, paths } = (done ? atEnd : underway)(params);
          const signals = measureSignals(paths, { method, beta });
          tf.dispose(paths);
          const rows = await columnsToRows({ ...columns, ...signals });
          const shown = await task.show?.(params, firstSeeds) ?? [];
          return [
            ...rows.map((row) => ({ shown: false, ...row })),
            ...shown.map((row) => ({ shown: true, ...row })),
          ];
        },
        onProgress: (percent, running) =>
          onProgress?.((100 * finished + percent) / populations, running),
      });
      finished++;
      evaluations.push(...run.evaluations);
      tf.dispose([run.state, beta]);
    }
  }
  const part = (which: boolean) =>
    evaluations.filter(({ shown }) => shown === which)
      .map(({ shown: _, ...row }) => row);
  return { rows: part(false), shown: part(true) };
}
