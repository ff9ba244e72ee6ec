import { compile } from "../compile/mod.ts";
import { type Params } from "../models/params.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { type Row } from "../train/row.ts";
import { stateGroup } from "../train/state.ts";
import { columnsToRows } from "./columns.ts";
import { type ReportProgress } from "./run.ts";
import { type LanguageScale } from "./language_budget.ts";
import { type LanguageMethod } from "./language_methods.ts";
import {
  type LanguageTask,
  measureLanguage,
  showAnswers,
} from "./language_task.ts";
import { initOnlineLanguage, onlineLanguageStep } from "./online_language.ts";
import { trainPopulation } from "./population.ts";
import { type ArmsResult } from "./run_arms.ts";
import { type Scale } from "./scale.ts";
import { sweepBetas } from "./sweep.ts";

/** A method and the grid of its coefficient. */
export interface LanguageArm {
  /** The method's name, as tables and legends show it. */
  method: string;
  /**
   * The coefficients to sweep: `beta`, ADRPO's `beta0`, a target KL in nats, or the
   * weight of an entropy bonus.
   */
  betas: readonly number[];
  /** Makes the method of a population from each member's coefficient, `[M, 1, 1]`. */
  make(beta: Tensor, task: LanguageTask): LanguageMethod;
}

/** What every arm of an experiment shares: the same budget for each. */
export interface LanguageArmsOptions extends LanguageScale {
  scale: Scale;
  onProgress?: ReportProgress;
}

// What a log window has and an evaluation has not.
const logged = ["kl", "betaMean", "betaNegative", "covariance"];

/**
 * Fine-tunes a language policy by each method on each task, one population an arm.
 *
 * @param tasks The tasks; their tensors stay.
 * @param arms The methods.
 * @param options What they share.
 * @returns `rows` with `task`, `method`, `beta`, `seed`, `iteration`, `alive`, the
 * columns of {@linkcode measureLanguage} and, as means over the iterations since the
 * row before (`NaN` in the first), `kl`, `betaMean`, `betaNegative` and
 * `covariance` of {@linkcode onlineLanguageStep}; and `shown`, the rows of
 * {@linkcode showAnswers} at the end, of each setting with the first seed.
 */
export async function runLanguageArms(
  tasks: readonly LanguageTask[],
  arms: readonly LanguageArm[],
  { scale, seeds, budget, onProgress }: LanguageArmsOptions,
): Promise<ArmsResult> {
  const result: ArmsResult = { rows: [], shown: [] };
  const populations = tasks.length * arms.length;
  let finished = 0;
  for (const task of tasks) {
    using measure = compile((params: Params, beta: Tensor) =>
      measureLanguage(task, params, { beta })
    );
    for (const arm of arms) {
      const { sweep, betas, beta, firstSeeds } = sweepBetas(arm.betas, seeds);
      const method = arm.make(beta, task);
      const { evaluations, logs, state } = await trainPopulation({
        scale,
        name: `${task.name} ${arm.method}`,
        labels: { task: task.name, method: arm.method },
        sweep,
        state: initOnlineLanguage(task.start, {
          members: betas.length,
          method,
        }),
        step: onlineLanguageStep(task.policy, {
          reward: task.reward,
          method,
          settings: sweep.settings.length,
          seeds,
          budget,
        }),
        budget,
        evaluate: (state) =>
          columnsToRows(measure(stateGroup(state, "params"), beta)),
        onProgress: (percent, running) =>
          onProgress?.((100 * finished + percent) / populations, running),
      });
      finished++;
      result.rows.push(...joinLogs(evaluations, logs));
      const shown = await showAnswers(
        task,
        stateGroup(state, "params"),
        firstSeeds,
      );
      result.shown.push(...shown.map(({ member, ...row }) => ({
        task: task.name,
        method: arm.method,
        beta: betas[member as number],
        ...row,
      })));
      tf.dispose([beta, state]);
    }
  }
  return result;
}

/** Puts the means of the window that ends at an evaluation beside it. */
function joinLogs(evaluations: readonly Row[], logs: readonly Row[]): Row[] {
  const keyOf = ({ member, iteration }: Row) => `${member} ${iteration}`;
  const windows = new Map(logs.map((row) => [keyOf(row), row]));
  return evaluations.map((row) => {
    const window = windows.get(keyOf(row));
    return {
      ...row,
      ...Object.fromEntries(
        logged.map((name) => [name, window?.[name] ?? NaN]),
      ),
    };
  });
}
