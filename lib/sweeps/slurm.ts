import { runCommand } from "../setup/run_command.ts";

/** An array of tasks to submit. */
export interface ArrayJob {
  /** A name that no other job has. */
  readonly name: string;
  /** The script of each task. */
  readonly script: string;
  /** The index of each task. */
  readonly indices: readonly number[];
  /** The file that a task's output is appended to; `%a` stands for its index. */
  readonly output: string;
  /** Options of `sbatch`, such as `--time=2:00:00`. */
  readonly options: readonly string[];
}

/**
 * Submits an array to Slurm.
 *
 * @param job The array.
 * @returns Slurm's number of it.
 * @throws {Error} If `sbatch` fails; the array may have been accepted none the less.
 */
export async function sbatch(
  { name, script, indices, output, options }: ArrayJob,
): Promise<string> {
  const answer = await runCommand("sbatch", [
    ...options,
    ...["--parsable", "--requeue", "--open-mode=append"],
    ...[`--job-name=${name}`, `--array=${ranges(indices)}`],
    ...[`--output=${output}`, script],
  ]);
  return answer.trim().split(";")[0];
}

/** A task of an array that Slurm knows. */
export interface Queued {
  readonly name: string;
  readonly job: string;
  readonly index: number;
  /** Such as `PENDING` or `RUNNING`. */
  readonly state: string;
  /** Where it runs; empty while it waits. */
  readonly node: string;
}

/**
 * Asks Slurm for jobs by their names.
 *
 * @param names The names.
 * @param options `ended`: those that have ended too, which Slurm knows for some minutes.
 * @returns Their tasks, one by one.
 * @throws {Error} If Slurm does not answer.
 */
export async function squeue(
  names: readonly string[],
  { ended = false }: { ended?: boolean } = {},
): Promise<Queued[]> {
  if (names.length === 0) return [];
  const answer = await runCommand("squeue", [
    ...["--noheader", "--array", `--name=${names.join(",")}`],
    ...["--format=%j|%F|%K|%T|%N", ...ended ? ["--states=all"] : []],
  ]);
  return answer.split("\n").filter(Boolean).map((line) => {
    const [name, job, index, state, node] = line.split("|");
    return { name, job, index: Number(index), state, node };
  });
}

/**
 * Writes indices as Slurm takes them, in runs.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { ranges } from "./slurm.ts";
 *
 * assertEquals(ranges([0, 1, 2, 5, 7, 8]), "0-2,5,7-8");
 * ```
 */
export function ranges(indices: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const index of indices) {
    const last = runs.at(-1);
    if (last && last[1] === index - 1) last[1] = index;
    else runs.push([index, index]);
  }
  return runs.map(([from, to]) => from === to ? `${from}` : `${from}-${to}`)
    .join(",");
}

/** Quotes a word for a shell. */
export const quoted = (word: string): string =>
  `'${word.replaceAll("'", `'\\''`)}'`;
