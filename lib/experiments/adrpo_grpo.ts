import { gridAt } from "./flow_budget.ts";
import {
  adrpoGrpoArms,
  controllerArm,
  entropyArm,
  exactGrpoArm,
  grpoArm,
} from "./language_arms.ts";
import { languageScales } from "./language_budget.ts";
import { type ReportProgress, type Run } from "./run.ts";
import { type Scale } from "./scale.ts";
import { runOnSums } from "./sum_experiment.ts";

/** The grid of beta, and of ADRPO's beta0. */
export const languageGrid = (scale: Scale): number[] =>
  gridAt(scale, [0.03, 0.1, 0.2, 0.4, 0.8, 2]);

/**
 * ADRPO-GRPO with each of its clips beside GRPO with a fixed beta, GRPO under
 * Ziegler's controller and an entropy bonus, each over six values of its own
 * coefficient, under one budget and the same seeds.
 *
 * @param options The scale, and `onProgress`.
 * @returns Rows and shown answers as {@linkcode runOnSums} makes them.
 */
export async function adrpoGrpoFronts(
  { scale, onProgress }: { scale: Scale; onProgress?: ReportProgress },
): Promise<Run> {
  const grid = languageGrid(scale);
  const shared = languageScales[scale];
  const arms = [
    grpoArm(grid),
    exactGrpoArm(grid),
    controllerArm(
      gridAt(scale, [0.2, 0.4, 0.8, 1.4, 2.2, 3.5]),
      shared.budget.perContext,
    ),
    entropyArm(gridAt(scale, [0.03, 0.1, 0.2, 0.3, 0.5, 0.8])),
    ...adrpoGrpoArms(grid),
  ];
  return await runOnSums("adrpo_grpo", arms, { scale, onProgress });
}
