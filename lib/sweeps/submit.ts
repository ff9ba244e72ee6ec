import { join } from "node:path";
import { root, writeText } from "../data/files.ts";
import { donePieces, type Plan, planPath, planText } from "./plan.ts";
import { publish } from "./publish.ts";
import { quoted, ranges, sbatch, squeue } from "./slurm.ts";
import {
  decide,
  intend,
  logPath,
  type Outcome,
  outcomeText,
  settle,
} from "./submissions.ts";

/** How Deno runs a piece: what `deno task sweep` may do, less starting programs. */
export const pieceCommand: readonly string[] = [
  ...["run", "--quiet", "--cached-only"],
  ...["read", "write", "env", "sys", "ffi"].map((name) => `--allow-${name}`),
  "lib/tasks/sweep.ts",
  "piece",
];

/**
 * Writes a plan on a folder that all machines share.
 *
 * @param folder The folder of the sweep.
 * @param plan The plan.
 * @throws {Error} If there is another.
 */
export async function writePlan(folder: string, plan: Plan): Promise<void> {
  if (await publish(planPath(folder), planText(plan)) === "other") {
    throw new Error(`${folder} has the plan of another sweep`);
  }
}

/**
 * Submits the pieces of a sweep that are neither done nor in Slurm's queue, as one array.
 * What is submitted is written down before; where it is unclear what became of an earlier
 * submission, that is settled first.
 *
 * @param folder The folder of the sweep, with its plan.
 * @param plan The plan.
 * @param options Options of `sbatch`; those of the last submission when left out.
 * @returns What was done, in words.
 * @throws {Error} If Slurm does not answer, or does not accept it.
 */
export async function submit(
  folder: string,
  plan: Plan,
  options?: readonly string[],
): Promise<string> {
  const before = await settle(folder);
  const queued = await squeue(before.map(({ name }) => name));
  const done = await donePieces(folder, plan);
  const indices = plan.pieces.map((_, i) => i)
    .filter((i) => !done[i] && !queued.some(({ index }) => index === i));
  const all = plan.pieces.length;
  if (indices.length === 0) {
    const count = done.filter(Boolean).length;
    return `Nothing to submit: ${count} of ${all} done, the others in the queue`;
  }
  const intent = {
    name: `kit-${crypto.randomUUID()}`,
    indices,
    options: options ?? before.at(-1)?.options ?? [],
  };
  const number = await intend(folder, intent);
  const script = join(folder, "submissions", `${number}.sh`);
  await writeText(script, scriptOf(folder, number));
  await Deno.mkdir(join(folder, "logs"), { recursive: true });
  let outcome: Outcome;
  try {
    const job = await sbatch({
      ...intent,
      script,
      output: logPath(folder.replaceAll("%", "%%"), number, "%a"),
      options: [`--cpus-per-task=${plan.made.threads}`, ...intent.options],
    });
    outcome = await decide(folder, number, { accepted: job });
  } catch (error) {
    await settle(folder).catch(() => {}); // Left unclear: the next one says so.
    throw error;
  }
  if ("withdrawn" in outcome) {
    return `Submission ${number} came to nothing: ${outcomeText(outcome)}`;
  }
  return `Submitted ${indices.length} of ${all} pieces (${
    ranges(indices)
  }): job ${outcome.accepted}`;
}

/** What a node runs: the checkout and Deno are where they are here. */
function scriptOf(folder: string, number: number): string {
  const words = [Deno.execPath(), ...pieceCommand, folder, `${number}`];
  return `#!/bin/sh\ncd ${quoted(root)} && exec ${
    words.map(quoted).join(" ")
  }\n`;
}
