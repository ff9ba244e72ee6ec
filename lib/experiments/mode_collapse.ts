import { tf } from "../tf/backend.ts";
import { digitScales } from "./digit_budget.ts";
import { digitsTask, loadDigitModels } from "./digits_task.ts";
import { type RunBudget } from "./online_flow.ts";
import { orwArm } from "./flow_arms.ts";
import { mixtureScales } from "./flow_budget.ts";
import { type MixtureTask, mixtureTask } from "./mixture_task.ts";
import { loadPretrained } from "./pretrained.ts";
import { type ReportProgress, type Run } from "./run.ts";
import { runArms } from "./run_arms.ts";
import { type Scale } from "./scale.ts";

const names: MixtureTask[] = ["graded", "plateau", "hack"];

/**
 * Fewer refreshes with more samples and updates each than the sweeps have: the
 * theory is of exact fits to many samples.
 */
const closerFits = (budget: RunBudget): RunBudget => ({
  ...budget,
  iterations: Math.ceil(budget.iterations * 0.4),
  evaluateEvery: Math.ceil(budget.evaluateEvery / 5),
  perContext: 4 * budget.perContext,
  updates: 4 * budget.updates,
  learningRate: budget.learningRate / 2,
});

/**
 * The mode-collapse experiment: online reward weighting without regularisation, beta
 * = 0, on the mixture's rewards, watched over training.
 *
 * @param options The scale, and `onProgress`.
 * @returns Rows and shown samples as {@linkcode runArms} makes them.
 */
export async function modeCollapse(
  { scale, onProgress }: { scale: Scale; onProgress?: ReportProgress },
): Promise<Run> {
  const { budget, ...rest } = mixtureScales[scale];
  const shared = { ...rest, budget: closerFits(budget) };
  const arms = [orwArm(1, [0]), orwArm(4, [0])];
  const reference = await loadPretrained("mixture_flow");
  const tasks = names.map((name) => mixtureTask(name, reference));
  const results = await runArms(tasks, arms, { scale, ...shared, onProgress });
  tf.dispose(reference);
  const config = {
    tasks: names,
    methods: arms.map(({ method }) => method),
    ...shared,
  };
  return { experiment: "mode_collapse", scale, config, ...results };
}

/**
 * Mode collapse on real digits: ORW-CFM-W2 at beta = 0 under the even-digit reward.
 *
 * @param options The scale, and `onProgress`.
 * @returns Rows and shown pictures as {@linkcode runArms} makes them.
 */
export async function digitCollapse(
  { scale, onProgress }: { scale: Scale; onProgress?: ReportProgress },
): Promise<Run> {
  const models = await loadDigitModels();
  const arms = [orwArm(1, [0]), orwArm(10, [0])];
  const { budget, ...rest } = digitScales[scale];
  const shared = { ...rest, budget: closerFits(budget) };
  const results = await runArms([digitsTask(models)], arms, {
    scale,
    ...shared,
    onProgress,
  });
  tf.dispose(Object.values(models).flatMap(Object.values));
  const config = { methods: arms.map(({ method }) => method), ...shared };
  return { experiment: "digit_collapse", scale, config, ...results };
}
