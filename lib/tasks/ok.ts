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

const usage = `Usage: deno task ok

The gate: format, lint, types of the code and of the notebooks' cells, committed
notebooks clean, tests, and the examples of the documentation.`;

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

async function gate() {
  const cells = runsDir("ok");
  await Deno.mkdir(cells, { recursive: true });
  for await (const { name } of Deno.readDir(cells)) {
    await Deno.remove(join(cells, name));
  }
  const flags = await testFlags();
  const steps: [string, () => Promise<boolean>][] = [
    ["notebooks clean", () => checkNotebooks(cells)],
    ["format", () => deno("fmt", "--check", ...formattedPaths)],
    ["lint", () => deno("lint", "lib", "tests", cells)],
    [
      "types",
      () => deno("check", ...flags, "lib", "tests", cells),
    ],
    [
      "tests and examples",
      () =>
        deno(
          "test",
          endWithTask,
          "-P",
          "--doc",
          ...flags,
          "tests",
          "lib",
          "README.md",
        ),
    ],
  ];
  const failed: string[] = [];
  for (const [name, step] of steps) {
    console.error(`\n== ${name}`);
    if (!await step()) failed.push(name);
  }
  console.error(failed.length ? `\nNot ok: ${failed.join(", ")}` : "\nAll ok");
  Deno.exit(failed.length ? 1 : 0);
}

if (import.meta.main) await runTask(usage, gate);
