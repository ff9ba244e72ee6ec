/**
 * `deno task docs`: writes all that is generated from the kept results anew: the
 * tables of README.md, the page of claims, the kept results in notebooks, and the
 * numbers in the sentences of all of them.
 *
 * @module
 */

import { join } from "node:path";
import { dataDir, root, writeText } from "../data/files.ts";
import { notebookNames } from "../notebooks/find.ts";
import { claimsPage, fillNotebook } from "../notebooks/kept.ts";
import { fillNumbers } from "../notebooks/numbers.ts";
import { fillReadme } from "../notebooks/readme.ts";
import { runTask } from "./run_task.ts";

const usage = `Usage: deno task docs

Writes what is made of the kept results anew: the tables of README.md, data/claims.md,
the kept results in notebooks, and the numbers in sentences.`;

/** Writes a file if its content is another. */
async function update(
  path: string,
  make: (text: string) => Promise<string>,
): Promise<void> {
  const before = await Deno.readTextFile(path).catch(() => "");
  const after = await make(before);
  if (after === before) return;
  await writeText(path, after);
  console.log(`written: ${path}`);
}

async function docs() {
  await update(join(root, "README.md"), fillReadme);
  await update(join(dataDir, "claims.md"), claimsPage);
  await update(join(dataDir, "bench", "README.md"), fillNumbers);
  for (const name of await notebookNames()) {
    await update(join(root, "notebooks", `${name}.ipynb`), fillNotebook);
  }
}

if (import.meta.main) await runTask(usage, docs);
