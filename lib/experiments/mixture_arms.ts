import { columnsToRows } from "./columns.ts";
import { tf } from "../tf/backend.ts";
import { type Row } from "../train/row.ts";
import { fineTune, type ReportProgress, type RunBudget } from "./fine_tune.ts";
import { type Method } from "./methods.ts";
import {
  evaluateMixture,
  mixtureRewards,
  type MixtureTask,
} from "./mixture_task.ts";
import { type FlowPolicy } from "./online_flow.ts";
import { loadPretrained, mixtureFlow } from "./pretrained.ts";
import { type Scale } from "./scale.ts";
import { measureSignals } from "./signals.ts";
import { type Sweep, sweepMembers } from "./sweep.ts";

/** A setting of an arm: its coefficient, `beta` or ADRPO's `beta0`. */
export type Setting = { beta: number };

/** A method and the grid of its coefficient. */
export interface Arm {
  /** The method's name, as tables and legends show it. */
  method: string;
  /** The coefficients to sweep. */
  betas: readonly number[];
  /** Makes the method for a population of the sweep. */
  make(sweep: Sweep<Setting>): Method;
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

/**
 * Fine-tunes the mixture's flow by each method on each task, one population an arm.
 *
 * @param tasks The rewards, by name.
 * @param arms The methods.
 * @param options What they share.
 * @returns The evaluations, one row a member and evaluation: `task`, `method`,
 * `beta`, `seed`, `iteration`, `alive` and the columns of {@linkcode evaluateMixture}
 * and {@linkcode measureSignals}.
 */
export async function runMixtureArms(
  tasks: readonly MixtureTask[],
  arms: readonly Arm[],
  { scale, seeds, budget, evaluationSamples, onProgress }: ArmsOptions,
): Promise<Row[]> {
  const reference = await loadPretrained("mixture_flow");
  const policy: FlowPolicy = { model: mixtureFlow, reference };
  const perContext = evaluationSamples;
  const runs = tasks.flatMap((task) => arms.map((arm) => ({ task, arm })));
  const rows: Row[] = [];
  for (const [index, { task, arm }] of runs.entries()) {
    const { method, betas } = arm;
    const sweep = { settings: betas.map((beta) => ({ beta })), seeds };
    const surrogates = arm.make(sweep);
    const memberBetas = sweepMembers(sweep).map(({ setting }) => setting.beta);
    const { evaluations, params } = await fineTune({
      scale,
      name: `mixture ${task} ${method}`,
      labels: { task, method },
      policy,
      reward: mixtureRewards[task],
      method: surrogates,
      sweep,
      budget,
      evaluate: (params, { done }) =>
        columnsToRows({
          ...evaluateMixture(params, { task, perContext, exact: done }),
          ...measureSignals(policy, params, {
            reward: mixtureRewards[task],
            method: surrogates,
            betas: memberBetas,
            perContext,
          }),
        }),
      onProgress: (percent, running) =>
        onProgress?.((100 * index + percent) / runs.length, running),
    });
    rows.push(...evaluations);
    tf.dispose(params);
  }
  tf.dispose(reference);
  return rows;
}
