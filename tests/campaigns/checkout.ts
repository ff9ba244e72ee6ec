/**
 * A copy of this checkout whose tasks are run apart from ours.
 *
 * @module
 */

import { cp } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../lib/data/files.ts";
import { runCommand } from "../../lib/setup/run_command.ts";

const parts = ["lib", "deno.json", "deno.lock", "data/models", "tests"];

/** Copies what tasks need, but for packages, which are shared. */
export async function copyCheckout(to: string): Promise<void> {
  for (const part of parts) {
    await cp(join(root, part), join(to, part), { recursive: true });
  }
  for (const shared of ["node_modules", ".venv"]) {
    await Deno.symlink(join(root, shared), join(to, shared));
  }
}

/** The program of a task with its flags, without `deno task` above it. */
export async function programOf(task: string): Promise<string[]> {
  const config = JSON.parse(await Deno.readTextFile(`${root}deno.json`));
  const command: string = config.tasks[task].command;
  return command.split(" ").slice(1).map((word) => word.replaceAll("'", ""));
}

/** Runs `deno task sweep` of a checkout, less set-up; gives what it printed. */
export async function sweepIn(
  checkout: string,
  args: readonly string[],
  { env, flags = [] }: {
    env?: Record<string, string>;
    flags?: readonly string[];
  } = {},
): Promise<string> {
  const [run, ...program] = await programOf("sweep");
  return await runCommand("deno", [run, ...flags, ...program, ...args], {
    cwd: checkout,
    env: { INIT_CWD: checkout, ...env },
  });
}
