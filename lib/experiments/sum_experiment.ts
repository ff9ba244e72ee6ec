import { languageScales } from "./language_budget.ts";
import { disposeTask, sumTask } from "./language_task.ts";
import { type ReportProgress, type Run } from "./run.ts";
import { type LanguageArm, runLanguageArms } from "./run_language_arms.ts";
import { type Scale } from "./scale.ts";

/**
 * Runs an experiment on the task of digits that sum to a target.
 *
 * @param experiment The experiment's name.
 * @param arms The methods.
 * @param options The scale, and `onProgress`.
 * @returns Rows and shown answers as {@linkcode runLanguageArms} makes them.
 */
export async function runOnSums(
  experiment: string,
  arms: readonly LanguageArm[],
  { scale, onProgress }: { scale: Scale; onProgress?: ReportProgress },
): Promise<Run> {
  const task = await sumTask();
  const shared = languageScales[scale];
  const results = await runLanguageArms([task], arms, {
    scale,
    ...shared,
    onProgress,
  });
  disposeTask(task);
  const grids = arms.map(({ method, betas }) => ({ method, betas }));
  const config = { task: task.name, grids, ...shared };
  return { experiment, scale, config, ...results };
}
