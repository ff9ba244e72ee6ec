import { languageGrid } from "./adrpo_grpo.ts";
import { gridAt } from "./flow_budget.ts";
import {
  adrpoGrpoArm,
  dpoArm,
  exactGrpoArm,
  grpoArm,
  raftLanguageArm,
} from "./language_arms.ts";
import { type ReportProgress, type Run } from "./run.ts";
import { type Scale } from "./scale.ts";
import { runOnSums } from "./sum_experiment.ts";

/**
 * The rows of the ADRPO paper's first table in miniature: RAFT, DPO, GRPO and
 * ADRPO-GRPO on one task, each over its own coefficient, with the same number of
 * rewarded completions and of gradient steps. The sweeps that `adrpo_grpo` has run
 * are read back.
 *
 * @param options The scale, and `onProgress`.
 * @returns Rows and shown answers as {@linkcode runOnSums} makes them.
 */
export async function preferences(
  { scale, onProgress }: { scale: Scale; onProgress?: ReportProgress },
): Promise<Run> {
  const grid = languageGrid(scale);
  const arms = [
    raftLanguageArm(4, gridAt(scale, [0, 0.03, 0.1, 0.3, 1, 3])),
    dpoArm(gridAt(scale, [0.1, 0.3, 1, 3, 10, 30])),
    grpoArm(grid),
    exactGrpoArm(grid),
    adrpoGrpoArm("unclipped", grid),
    adrpoGrpoArm("±beta0", grid),
    adrpoGrpoArm("beta_eff ≥ 0", grid),
  ];
  return await runOnSums("preferences", arms, { scale, onProgress });
}
