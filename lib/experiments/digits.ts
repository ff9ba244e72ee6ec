import { tf } from "../tf/backend.ts";
import { digitScales } from "./digit_budget.ts";
import { digitsTask, loadDigitModels } from "./digits_task.ts";
import { adrpoArm, orwArm, raftArm } from "./flow_arms.ts";
import { gridAt } from "./flow_budget.ts";
import { type ReportProgress, type Run } from "./run.ts";
import { runArms } from "./run_arms.ts";
import { type Scale } from "./scale.ts";

/**
 * The even-digits experiment: ORW-CFM-W2 over beta, as in the ORW paper's figure, with
 * ADRPO-FM and RAFT beside it under one budget.
 *
 * @param options The scale, and `onProgress`.
 * @returns Rows and shown pictures as {@linkcode runArms} makes them.
 */
export async function evenDigits(
  { scale, onProgress }: { scale: Scale; onProgress?: ReportProgress },
): Promise<Run> {
  const shared = digitScales[scale];
  const arms = [
    adrpoArm(gridAt(scale, [0.05, 0.1, 0.2, 0.4, 0.8])),
    raftArm(16, gridAt(scale, [0, 0.1, 0.3, 1, 3])),
    orwArm(1, gridAt(scale, [0, 0.1, 0.3, 0.8, 2])),
    orwArm(4, gridAt(scale, [0, 1, 3, 10, 30])),
  ];
  const models = await loadDigitModels();
  const results = await runArms([digitsTask(models)], arms, {
    scale,
    ...shared,
    onProgress,
  });
  tf.dispose(Object.values(models).flatMap(Object.values));
  const grids = arms.map(({ method, betas }) => ({ method, betas }));
  return {
    experiment: "even_digits",
    scale,
    config: { grids, ...shared },
    ...results,
  };
}
