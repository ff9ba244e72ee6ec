import { klK1, klK2, klK3, klK3WithK2Gradient } from "../losses/divergences.ts";
import { gridAt } from "./flow_budget.ts";
import { divergenceArm } from "./language_arms.ts";
import { exactDivergence, sequenceK2 } from "./language_methods.ts";
import { type ReportProgress, type Run } from "./run.ts";
import { type Scale } from "./scale.ts";
import { runOnSums } from "./sum_experiment.ts";

/** The divergences of the experiment by the names that its arms have. */
export const divergences = {
  "k1": klK1,
  "k2": klK2,
  "k3": klK3,
  "k3, gradient of k2": klK3WithK2Gradient,
  "exact, by token": exactDivergence,
  "k2 of completions": sequenceK2,
};

/** The name of the arm without a divergence. */
export const unregularised = "no KL";

/**
 * The collapse of a language policy without regularisation, and a fixed beta with
 * each way to estimate the divergence.
 *
 * Rewards keep their units here (leave-one-out advantages), so that p* ∝ pRef exp(r /
 * beta) is the optimum that each of them claims to train.
 *
 * @param options The scale, and `onProgress`.
 * @returns Rows and shown answers as {@linkcode runOnSums} makes them.
 */
export async function languageCollapse(
  { scale, onProgress }: { scale: Scale; onProgress?: ReportProgress },
): Promise<Run> {
  const grid = gridAt(scale, [0.03, 0.1, 0.2, 0.4, 0.8]);
  const arms = [
    divergenceArm(unregularised, klK3, [0]),
    ...Object.entries(divergences)
      .map(([name, kl]) => divergenceArm(name, kl, grid)),
  ];
  return await runOnSums("language_collapse", arms, { scale, onProgress });
}
