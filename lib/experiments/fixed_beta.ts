import { tf } from "../tf/backend.ts";
import { orwArm } from "./flow_arms.ts";
import { gridAt, mixtureScales } from "./flow_budget.ts";
import { type MixtureTask, mixtureTask } from "./mixture_task.ts";
import { loadPretrained } from "./pretrained.ts";
import { type ReportProgress, type Run } from "./run.ts";
import { runArms } from "./run_arms.ts";
import { type Scale } from "./scale.ts";

const names: MixtureTask[] = ["graded", "plateau", "hack"];

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
 * @returns Rows and shown samples as {@linkcode runArms} makes them.
 */
export async function fixedBeta(
  { scale, onProgress }: { scale: Scale; onProgress?: ReportProgress },
): Promise<Run> {
  const arms = orwArms(scale);
  const reference = await loadPretrained("mixture_flow");
  const tasks = names.map((name) => mixtureTask(name, reference));
  const shared = mixtureScales[scale];
  const results = await runArms(tasks, arms, { scale, ...shared, onProgress });
  tf.dispose(reference);
  const grids = arms.map(({ method, betas }) => ({ method, betas }));
  const config = { tasks: names, grids, ...shared };
  return { experiment: "fixed_beta", scale, config, ...results };
}
