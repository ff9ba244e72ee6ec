import { basename, join } from "node:path";
import { entries } from "../results/folders.ts";
import { donePieces, type Plan, runPath } from "./plan.ts";
import { published } from "./publish.ts";
import { squeue } from "./slurm.ts";
import {
  logPath,
  outcomeText,
  type Submission,
  submissionsOf,
} from "./submissions.ts";

const states = ["done", "running", "waiting", "failed", "not submitted"];

/**
 * Says how far a sweep is. What is published is done; what Slurm has in its queue runs
 * or waits; what was submitted and is neither has failed.
 *
 * @param folder The folder of the sweep.
 * @param plan Its plan.
 * @returns The lines: a sum, unclear submissions, a line a piece that failed or whose
 * rows came out in two ways, and whether the whole run is there.
 */
export async function status(folder: string, plan: Plan): Promise<string> {
  const submissions = await submissionsOf(folder);
  // Asked before the disk is read: what ends in between is done, not failed.
  const queued = await squeue(submissions.map(({ name }) => name));
  const done = await donePieces(folder, plan);
  const differing = (await entries(join(folder, "rows")))
    .map(({ name }) => name).filter((name) => name.includes(".differs."));
  const counts = new Map(states.map((state) => [state, 0]));
  const lines: string[] = [];
  for (const [index, { name, key }] of plan.pieces.entries()) {
    const task = queued.find((task) => task.index === index);
    const last = submissions.findLast(({ indices }) => indices.includes(index));
    const state = done[index]
      ? "done"
      : task
      ? task.node ? "running" : "waiting"
      : last
      ? "failed"
      : "not submitted";
    counts.set(state, counts.get(state)! + 1);
    if (state === "failed") {
      const why = await reason(folder, last!, index);
      lines.push(`  failed  ${index}  ${name}: ${why}`);
    }
    for (const file of differing.filter((name) => name.startsWith(key))) {
      lines.push(`  differs ${index}  ${name}: rows/${file}`);
    }
  }
  const sum = [...counts].filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`);
  const unclear = submissions.filter(({ outcome }) => !outcome).map((
    { number },
  ) => `  submission ${number} is unclear: resubmit finds out`);
  if (await published(runPath(folder)) !== undefined) {
    lines.push("  the whole run is in run.json");
  }
  return [
    `${basename(folder)}: of ${plan.pieces.length} pieces ${sum.join(", ")}`,
    ...unclear,
    ...lines,
  ].join("\n");
}

/** The last line that a task of a submission wrote. */
async function reason(
  folder: string,
  { number, outcome }: Submission,
  index: number,
): Promise<string> {
  const path = logPath(folder, number, index);
  const last = (await published(path))?.trim().split("\n").at(-1);
  if (last) return `its last line is "${last}" (${path})`;
  return outcome ? outcomeText(outcome) : "unclear";
}
