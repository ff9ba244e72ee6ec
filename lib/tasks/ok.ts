/**
 * `deno task ok`: the gate. Format, lint, types of the code and of the notebooks'
 * cells, committed notebooks clean, tests, and the examples of the documentation.
 *
 * @module
 */

import { join } from "node:path";
import { writeText } from "../data/files.ts";
import { cellsToModule, notebookProblems } from "./notebook_cells.ts";
import { notebookNames } from "./notebook.ts";
import { root } from "./root.ts";
import { testFlags } from "./test_flags.ts";

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

/** Formats a notebook, as `deno fmt --check` calls every notebook unformatted. */
async function formatted(notebook: string): Promise<string> {
  const process = new Deno.Command("deno", {
    args: ["fmt", "--ext=ipynb", "-"],
    cwd: root,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(notebook));
  await writer.close();
  return new TextDecoder().decode((await process.output()).stdout);
}

/** Writes each notebook's cells as a module; returns whether all are clean. */
async function extractNotebooks(folder: string): Promise<boolean> {
  let clean = true;
  for (const name of await notebookNames()) {
    const file = await Deno.readTextFile(
      join(root, "notebooks", `${name}.ipynb`),
    );
    const notebook = JSON.parse(file);
    const problems = notebookProblems(notebook);
    if (await formatted(file) !== file) problems.push("not formatted");
    for (const problem of problems) {
      console.error(`notebooks/${name}.ipynb: ${problem}`);
      clean = false;
    }
    await writeText(join(folder, `${name}.ts`), cellsToModule(notebook));
  }
  return clean;
}

if (import.meta.main) {
  const cells = join(root, ".runs/ok");
  await Deno.mkdir(cells, { recursive: true });
  for await (const { name } of Deno.readDir(cells)) {
    await Deno.remove(join(cells, name));
  }
  const flags = await testFlags();
  const steps: [string, () => Promise<boolean>][] = [
    ["notebooks clean", () => extractNotebooks(cells)],
    ["format", () => deno("fmt", "--check", ...formattedPaths)],
    ["lint", () => deno("lint", "lib", "tests", cells)],
    [
      "types",
      () => deno("check", ...flags, "lib", "tests", cells),
    ],
    [
      "tests and examples",
      () => deno("test", "-P", "--doc", ...flags, "tests", "lib", "README.md"),
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
