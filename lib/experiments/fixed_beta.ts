import { type ReportProgress } from "./fine_tune.ts";
import { orwArm } from "./flow_arms.ts";
import { gridAt, mixtureScales } from "./flow_budget.ts";
import { runMixtureArms } from "./mixture_arms.ts";
import { type MixtureTask } from "./mixture_task.ts";
import { type Run } from "./run.ts";
import { type Scale } from "./scale.ts";

const tasks: MixtureTask[] = ["graded", "plateau", "hack"];

/** ORW-CFM-W2 at two inverse temperatures, each over its own grid of beta. */
export const orwArms = (scale: Scale) => [
  orwArm(1, gridAt(scale, [0, 0.1, 0.3, 1, 3])),
  orwArm(4, gridAt(scale, [0, 1, 3, 10, 30])),
];

/**
 * The fixed-beta experiment: ORW-CFM-W2 on the mixture over beta and tau, on every
 * reward.
 *
 * @param options The scale, and `onProgress`.
 * @returns Rows as {@linkcode runMixtureArms} makes them.
 */
export async function fixedBeta(
  { scale, onProgress }: { scale: Scale; onProgress?: ReportProgress },
): Promise<Run> {
  const arms = orwArms(scale);
  const options = { scale, ...mixtureScales[scale], onProgress };
  const rows = await runMixtureArms(tasks, arms, options);
  const grids = arms.map(({ method, betas }) => ({ method, betas }));
  const config = { tasks, grids, ...mixtureScales[scale] };
  return { experiment: "fixed_beta", scale, config, rows };
}
