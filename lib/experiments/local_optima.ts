import { gridAt } from "./flow_budget.ts";
import {
  adrpoGrpoArm,
  controllerArm,
  entropyArm,
  exactGrpoArm,
  grpoArm,
  plainGrpoArm,
  runningBaselineArm,
} from "./language_arms.ts";
import { languageScales } from "./language_budget.ts";
import { disposeTask, shortcutTask } from "./language_task.ts";
import { type ReportProgress, type Run } from "./run.ts";
import { runLanguageArms } from "./run_language_arms.ts";
import { type Scale } from "./scale.ts";

/**
 * Escape from a local optimum: an easy answer that pays half against a rare one that
 * pays all, from the reference and from a policy that is already stuck, with twenty
 * seeds for each setting of each method.
 *
 * @param options The scale, and `onProgress`.
 * @returns Rows and shown answers as {@linkcode runLanguageArms} makes them.
 */
export async function localOptima(
  { scale, onProgress }: { scale: Scale; onProgress?: ReportProgress },
): Promise<Run> {
  const grid = gridAt(scale, [0.03, 0.1, 0.3]);
  const seeds = Array.from(
    { length: scale === "smoke" ? 3 : 20 },
    (_, seed) => seed,
  );
  const shared = languageScales[scale].budget;
  // Four times the members of a sweep: looked at half as often.
  const budget = { ...shared, evaluateEvery: 2 * shared.evaluateEvery };
  const arms = [
    plainGrpoArm(),
    grpoArm(grid),
    exactGrpoArm(grid),
    controllerArm(gridAt(scale, [0.5, 1, 2]), budget.perContext),
    entropyArm(grid),
    adrpoGrpoArm("unclipped", grid),
    adrpoGrpoArm("±beta0", grid),
    adrpoGrpoArm("beta_eff ≥ 0", grid),
    runningBaselineArm(grid),
  ];
  const tasks = [await shortcutTask("reference"), await shortcutTask("stuck")];
  const results = await runLanguageArms(tasks, arms, {
    scale,
    seeds,
    budget,
    onProgress,
  });
  tasks.forEach(disposeTask);
  const grids = arms.map(({ method, betas }) => ({ method, betas }));
  const config = { tasks: tasks.map(({ name }) => name), grids, seeds, budget };
  return { experiment: "local_optima", scale, config, ...results };
}
