import { type ReportProgress } from "./fine_tune.ts";
import { orwArms } from "./fixed_beta.ts";
import { adrpoArm, adrpoVariants, advantageArm, raftArm } from "./flow_arms.ts";
import { gridAt, mixtureScales } from "./flow_budget.ts";
import { runMixtureArms } from "./mixture_arms.ts";
import { type MixtureTask } from "./mixture_task.ts";
import { type Run } from "./run.ts";
import { type Scale } from "./scale.ts";

const tasks: MixtureTask[] = ["graded", "plateau", "hack"];
const ablated: MixtureTask[] = ["graded", "plateau"];

/**
 * The ADRPO experiment on the mixture: ADRPO-FM, advantage weighting with a fixed
 * beta, RAFT and ORW-CFM-W2, each over its own grid under one budget and the same
 * seeds, on every reward; and ADRPO-FM's clips and controls on two of them.
 *
 * @param options The scale, and `onProgress`.
 * @returns Rows as {@linkcode runMixtureArms} makes them.
 */
export async function adrpo(
  { scale, onProgress }: { scale: Scale; onProgress?: ReportProgress },
): Promise<Run> {
  const grid = gridAt(scale, [0.1, 0.2, 0.4, 0.8, 1.6]);
  const arms = [
    adrpoArm(grid),
    advantageArm(grid),
    raftArm(8, gridAt(scale, [0, 0.3, 1, 3, 10])),
    ...orwArms(scale),
  ];
  const ablations = adrpoVariants(gridAt(scale, [0.1, 0.2, 0.4]));
  const populations = tasks.length * arms.length;
  const share = 100 * populations /
    (populations + ablated.length * ablations.length);
  const options = { scale, ...mixtureScales[scale] };
  const rows = [
    ...await runMixtureArms(tasks, arms, {
      ...options,
      onProgress: (percent, running) =>
        onProgress?.(share * percent / 100, running),
    }),
    ...await runMixtureArms(ablated, ablations, {
      ...options,
      onProgress: (percent, running) =>
        onProgress?.(share + (100 - share) * percent / 100, running),
    }),
  ];
  const grids = [...arms, ...ablations].map(({ method, betas }) => ({
    method,
    betas,
  }));
  const config = { tasks, ablated, grids, ...mixtureScales[scale] };
  return { experiment: "adrpo", scale, config, rows };
}
