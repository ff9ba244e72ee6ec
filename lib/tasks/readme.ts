/**
 * `deno task readme`: writes the tables of README.md anew from the kept results.
 *
 * @module
 */

import { join } from "node:path";
import { dataDir, writeText } from "../data/files.ts";
import { verdictMatrix } from "../results/claims.ts";
import { readCsv } from "../results/csv.ts";
import { formatInterval } from "../results/format.ts";
import { loadExperiment } from "../results/experiment_files.ts";
import { folderNames } from "../results/folders.ts";
import type { TableRow } from "../results/rows.ts";
import { root } from "./root.ts";

const results = join(dataDir, "results");

/**
 * Replaces what stands between `<!-- NAME -->` and `<!-- /NAME -->`.
 *
 * @param text The document.
 * @param name The marker's name.
 * @param content The new content.
 * @returns The document with the new content.
 * @throws {RangeError} If the document does not have the markers.
 *
 * @example
 * ```ts
 * import { fillIn } from "./readme.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   fillIn("<!-- a -->\nold\n<!-- /a -->", "a", "new"),
 *   "<!-- a -->\n\nnew\n\n<!-- /a -->",
 * );
 * ```
 */
export function fillIn(text: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [start, end] = [text.indexOf(open), text.indexOf(close)];
  if (start < 0 || end < start) {
    throw new RangeError(`Expected ${open} ... ${close} in the document`);
  }
  const before = text.slice(0, start + open.length);
  return `${before}\n\n${content}\n\n${text.slice(end)}`;
}

/**
 * Fills the tables of a README in: for each experiment that it has a marker for,
 * the claims and their verdicts; and the targets of the bench.
 *
 * @param text The README.
 * @returns The README with the tables of the kept results.
 */
export async function fillReadme(text: string): Promise<string> {
  for (const name of await folderNames(results)) {
    if (!text.includes(`<!-- ${name} -->`)) continue;
    const { verdicts } = await loadExperiment(join(results, name));
    text = fillIn(text, name, unformatted(verdictMatrix(verdicts)));
  }
  const targets = await readCsv(join(dataDir, "bench", "targets.csv"));
  return fillIn(text, "bench", unformatted(targetsTable(targets)));
}

/** The targets of the bench beside what was measured, in Markdown. */
function targetsTable(targets: readonly TableRow[]): string {
  const rows = targets.map((row) => {
    const { benchmark, ours, against, most, measured, low, high } = row;
    const interval = formatInterval({
      value: measured as number,
      low: low as number,
      high: high as number,
    });
    return `| ${benchmark} | ${ours} | ${against} | ${most} | ${interval} | ${row.verdict} |`;
  });
  return [
    "| work | our way | against | target, at most | measured | |",
    "|---|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}

/** Keeps the formatter from padding a table, which would differ from a new one. */
const unformatted = (table: string) =>
  `<!-- deno-fmt-ignore-start -->\n\n${table}\n\n<!-- deno-fmt-ignore-end -->`;

if (import.meta.main) {
  const path = join(root, "README.md");
  await writeText(path, await fillReadme(await Deno.readTextFile(path)));
}
