/**
 * Sweeps on a cluster of Slurm of the campaign's own: how they are submitted, watched,
 * killed and compared.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { entries } from "../../lib/results/folders.ts";
import { waitFor } from "../wait_for.ts";
import { copyCheckout, sweepIn } from "./checkout.ts";
import { Cluster, kill } from "./slurm_cluster.ts";

/** Where all of the campaign lies. */
export const folder = await Deno.makeTempDir({ prefix: "kit-slurm-" });
export const checkout = join(folder, "checkout of node's");
const shared = join(folder, "shared 100%");
/** The cluster, once it has started. */
export let cluster: Cluster;

/** Runs `deno task sweep` of the copied checkout, less set-up. */
export function sweep(args: string[], env: Record<string, string> = {}) {
  return sweepIn(checkout, args, { env: { ...cluster.env, ...env } });
}

/** Submits a file; gives the folder of the sweep. */
export async function submit(
  file: string,
  { options = [], env }: {
    options?: string[];
    env?: Record<string, string>;
  } = {},
): Promise<string> {
  const place = await Deno.makeTempDir({ dir: shared });
  const submitted = sweep([
    ...["submit", `tests/sweeps/${file}.ts`, "--engine", "slurm"],
    ...["--scale", "smoke", "--folder", place, "--", ...options],
  ], env);
  // A submitter that is killed says nothing.
  await (env ? submitted.catch(() => {}) : submitted);
  const [{ name }] = await entries(place);
  return join(place, name);
}

/** Tasks run anew, not from what an earlier test left. */
export const forget = () =>
  Deno.remove(join(checkout, "data/runs"), { recursive: true })
    .catch(() => {});

export const rowsIn = async (sweepFolder: string) =>
  (await entries(join(sweepFolder, "rows"))).map(({ name }) => name);
export const published = async (sweepFolder: string) =>
  (await rowsIn(sweepFolder)).filter((name) => /^\w+\.json$/.test(name)).length;

/** Waits until Slurm has nothing left to do; says how far the sweep is. */
export async function settled(sweepFolder: string): Promise<string> {
  await waitFor("an empty queue", 600, async () => {
    await cluster.hurry();
    return (await cluster.ask("squeue", "-h").catch(() => "?")).trim() === "";
  });
  return await sweep(["status", sweepFolder]);
}

export async function logs(sweepFolder: string): Promise<string> {
  const texts = (await entries(join(sweepFolder, "logs")))
    .map(({ name }) => Deno.readTextFile(join(sweepFolder, "logs", name)));
  return (await Promise.all(texts)).join("");
}

/**
 * Kills a task while it writes its rows: lets it run for an instant at a time, until a
 * part of a file is there.
 *
 * @returns The name of the part, and how many tasks were killed.
 */
export async function killWhileItWrites(
  place: string,
): Promise<{ half: string; killed: number }> {
  const part = () =>
    rowsIn(place).then((names) => names.find((name) => name.endsWith(".tmp")));
  for (let killed = 0;;) {
    const [{ pid, env }] = await waitFor("a task", 120, async () => {
      const tasks = await cluster.tasks();
      return tasks.length > 0 && tasks;
    });
    await waitFor("its start", 120, () => isThere(logOf(place, env)));
    while (kill(pid, "SIGSTOP")) {
      const found = await part();
      if (found) {
        kill(pid, "SIGKILL");
        killed++;
        await waitFor("the end of the task", 20, () => !kill(pid, "SIGCONT"));
        if (found === await part()) return { half: found, killed };
      }
      kill(pid, "SIGCONT");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

export const logOf = (place: string, env: Readonly<Record<string, string>>) =>
  join(place, "logs", `1_${env.SLURM_ARRAY_TASK_ID}.txt`);
const isThere = (path: string) => Deno.stat(path).then(() => true, () => false);

/** The bytes of the embedded run. */
export async function embedded(file: string): Promise<string> {
  await forget();
  const place = await Deno.makeTempDir({ dir: shared });
  const began = performance.now();
  const path = await sweep([
    ...["run", `tests/sweeps/${file}.ts`, "--scale", "smoke"],
    ...["--folder", place],
  ]);
  const seconds = (performance.now() - began) / 1000;
  console.log(`${file}, embedded: ${seconds.toFixed(1)} s`);
  await forget();
  return await Deno.readTextFile(path.trim());
}

export async function assertSameBytes(sweepFolder: string, expected: string) {
  const path = await sweep(["collect", sweepFolder]);
  assert(await Deno.readTextFile(path.trim()) === expected, "other bytes");
  assertEquals(
    (await rowsIn(sweepFolder)).filter((name) => /\.own/.test(name)),
    [],
  );
}

/** Makes the checkout, the shared folder and the cluster. */
export async function start(): Promise<void> {
  await copyCheckout(checkout);
  await Deno.mkdir(shared);
  cluster = await Cluster.start(join(folder, "slurm"));
}

/** Ends the cluster, and all that it ran. */
export async function stop(): Promise<void> {
  await cluster.stop();
  await waitFor(
    "the end of all tasks",
    20,
    async () => (await cluster.tasks()).length === 0,
  );
  await Deno.remove(folder, { recursive: true });
}

/** A folder with a program `sbatch` that does this; `"$@"` is what it was given. */
export async function sbatchThat(
  lines: string,
): Promise<Record<string, string>> {
  const bin = await Deno.makeTempDir({ dir: folder });
  const script = `#!/bin/sh\n${lines}\n`;
  await Deno.writeTextFile(join(bin, "sbatch"), script, { mode: 0o755 });
  return { PATH: `${bin}:${Deno.env.get("PATH")}` };
}

export const tasksInQueue = async () =>
  (await cluster.ask("squeue", "-h", "-r")).trim().split("\n")
    .filter(Boolean).length;
