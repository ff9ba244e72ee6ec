import { join } from "node:path";
import { runsDir, writeText } from "../data/files.ts";
import { writeCsv } from "./csv.ts";
import { environment } from "./environment.ts";
import { saveFigure } from "./figure_files.ts";
import { assertName, replaceFolder } from "./folders.ts";
import type { ExperimentRecord } from "./report.ts";

/**
 * Writes what an experiment found under `data/runs/<scale>`: its figures, then
 * `results/<experiment>/` with `config.json`, `rows.csv.gz`, `summary.csv`,
 * `verdicts.csv` and `environment.json`, all or nothing: the folder appears when it is
 * whole.
 *
 * @param record What was found.
 * @param options `runs`: the folder to write under, if not that of the scale.
 * @returns The path of the experiment's folder.
 * @throws {RangeError} If a name could leave its folder.
 * @throws {TypeError} If the rows of a table have different columns.
 *
 * @example
 * ```ts
 * import { loadExperiment, saveExperiment } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const runs = await Deno.makeTempDir();
 * const folder = await saveExperiment({
 *   experiment: "collapse",
 *   scale: "smoke",
 *   config: { seeds: [0, 1] },
 *   rows: [{ seed: 0, entropy: 1.5 }, { seed: 1, entropy: 1.3 }],
 *   summary: [],
 *   verdicts: [],
 *   figures: {},
 * }, { runs });
 * assertEquals((await loadExperiment(folder)).rows.length, 2);
 * await Deno.remove(runs, { recursive: true });
 * ```
 */
export async function saveExperiment(
  record: ExperimentRecord,
  { runs = runsDir(record.scale) }: { runs?: string } = {},
): Promise<string> {
  const { experiment, scale, config } = record;
  assertName("experiment", experiment);
  for (const [name, figure] of Object.entries(record.figures)) {
    await saveFigure(join(runs, "figures"), name, figure);
  }
  const folder = join(runs, "results", experiment);
  const half = join(runs, "results", `.${experiment}.${crypto.randomUUID()}`);
  try {
    await writeJson(join(half, "config.json"), { experiment, scale, config });
    await writeJson(join(half, "environment.json"), await environment());
    await writeCsv(join(half, "rows.csv.gz"), record.rows);
    for (const name of ["summary", "verdicts"] as const) {
      await writeCsv(join(half, `${name}.csv`), record[name]);
    }
    if (record.tuning) await writeCsv(join(half, "tuning.csv"), record.tuning);
    await replaceFolder(half, folder);
  } catch (error) {
    await Deno.remove(half, { recursive: true }).catch(() => {});
    throw error;
  }
  return folder;
}

function writeJson(path: string, value: unknown): Promise<void> {
  return writeText(path, `${JSON.stringify(value, null, 2)}\n`);
}
