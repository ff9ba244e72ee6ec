import type { FrontierPoint } from "../../metrics/tilted_frontier.ts";
import { tiltedFrontier } from "../../metrics/tilted_frontier.ts";
import {
  mixture,
  mixtureRewards,
  type MixtureTask,
} from "../../experiments/mixture_task.ts";

/** What each 2-D reward pays for, in a few words. */
export const taskTitles: Record<MixtureTask, string> = {
  graded: "graded modes",
  plateau: "three equally good modes",
  hack: "imperfect proxy",
};

const lambdas = [
  Infinity,
  ...Array.from({ length: 40 }, (_, i) => 4 * 0.88 ** i),
];

/** The exact frontier of p ∝ pRef exp(r / lambda) of a task. */
export function exactFrontier(task: MixtureTask): Promise<FrontierPoint[]> {
  return tiltedFrontier(mixture, mixtureRewards[task], { lambdas });
}
