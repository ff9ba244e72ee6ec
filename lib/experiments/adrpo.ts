import { tf } from "../tf/backend.ts";
import { orwArms } from "./fixed_beta.ts";
import { adrpoArm, adrpoVariants, advantageArm, raftArm } from "./flow_arms.ts";
import { gridAt, mixtureScales } from "./flow_budget.ts";
import { type MixtureTask, mixtureTask } from "./mixture_task.ts";
import { loadPretrained } from "./pretrained.ts";
import { type ReportProgress, type Run } from "./run.ts";
import { runArms } from "./run_arms.ts";
import { type Scale } from "./scale.ts";

const names: MixtureTask[] = ["graded", "plateau", "hack"];
const ablatedNames: MixtureTask[] = ["graded", "plateau"];

/**
 * The ADRPO experiment on the mixture: ADRPO-FM, advantage weighting with a fixed
 * beta, RAFT and ORW-CFM-W2, each over its own grid under one budget and the same
 * seeds, on every reward; and ADRPO-FM's clips and controls on two of them.
 *
 * @param options The scale, and `onProgress`.
 * @returns Rows and shown samples as {@linkcode runArms} makes them.
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
  const variants = adrpoVariants(gridAt(scale, [0.1, 0.2, 0.4]));
  const reference = await loadPretrained("mixture_flow");
  const taskOf = (name: MixtureTask) => mixtureTask(name, reference);
  const shared = mixtureScales[scale];
  const compared = names.length * arms.length;
  const varied = ablatedNames.length * variants.length;
  const share = compared / (compared + varied);
  const main = await runArms(names.map(taskOf), arms, {
    scale,
    ...shared,
    onProgress: (percent, running) => onProgress?.(share * percent, running),
  });
  const ablation = await runArms(ablatedNames.map(taskOf), variants, {
    scale,
    ...shared,
    onProgress: (percent, running) =>
      onProgress?.(100 * share + (1 - share) * percent, running),
  });
  tf.dispose(reference);
  const grids = [...arms, ...variants]
    .map(({ method, betas }) => ({ method, betas }));
  const config = { tasks: names, ablated: ablatedNames, grids, ...shared };
  const rows = [...main.rows, ...ablation.rows];
  return { experiment: "adrpo", scale, config, rows, shown: main.shown };
}
