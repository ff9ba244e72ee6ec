/**
 * `deno task ok`: the gate. Format, lint, types of the code and of the notebooks'
 * cells, committed notebooks clean, tests, and the examples of the documentation.
 *
 * @module
 */

import { join } from "node:path";
import { root, runsDir } from "../data/files.ts";
import { checkNotebooks } from "../notebooks/check.ts";
import { endWithTask, testFlags } from "../setup/test_flags.ts";
import { runTask } from "./run_task.ts";

const usage = `Usage: deno task ok [PART ...]

The gate, all of it or those parts that are named: notebooks (committed ones are
clean), format, lint, types (of the code and of the notebooks' cells), tests, and the
examples of the documentation.`;

async function deno(...args: string[]): Promise<boolean> {
  const { success } = await new Deno.Command("deno", { args, cwd: root })
    .spawn().status;
  return success;
}

/** All that is written by hand, but for the notebooks. */
const formattedPaths = [
  "lib",
  "tests",
  "README.md",
  "data/README.md",
  "deno.json",
];

/** Does the parts that are named, all of them when none is. */
async function gate(named: readonly string[]) {
  const cells = runsDir("ok");
  await Deno.mkdir(cells, { recursive: true });
  for await (const { name } of Deno.readDir(cells)) {
    await Deno.remove(join(cells, name));
  }
  const flags = await testFlags();
  const test = (...paths: string[]) =>
    deno("test", endWithTask, "-P", ...flags, ...paths);
  const parts: Record<string, () => Promise<boolean>> = {
    notebooks: () => checkNotebooks(cells),
    format: () => deno("fmt", "--check", ...formattedPaths),
    lint: () => deno("lint", "lib", "tests", cells),
    types: () => deno("check", ...flags, "lib", "tests", cells),
    tests: () => test("tests"),
    examples: () => test("--doc", "lib", "README.md"),
  };
  const names = Object.keys(parts);
  const unknown = named.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(
      `Expected a part, one of ${names.join(", ")}, got "${unknown}"`,
    );
  }
  const failed: string[] = [];
  for (const name of named.length > 0 ? named : names) {
    console.error(`\n== ${name}`);
    if (!await parts[name]()) failed.push(name);
  }
  console.error(failed.length ? `\nNot ok: ${failed.join(", ")}` : "\nAll ok");
  Deno.exit(failed.length ? 1 : 0);
}

if (import.meta.main) await runTask(usage, gate);
