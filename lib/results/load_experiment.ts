import { join } from "node:path";
import { readCsv } from "./csv.ts";
import type { Environment } from "./environment.ts";
import type { Headline, KeptExperiment } from "./experiment_record.ts";
import type { VerdictRow } from "./verdict.ts";

/**
 * Reads a kept experiment.
 *
 * @param folder The experiment's folder, as {@linkcode saveExperiment} returns it.
 * @returns What was kept; tables as rows.
 *
 * @example
 * ```ts
 * import { loadExperiment } from "kit";
 * import { assertRejects } from "@std/assert";
 *
 * await assertRejects(() => loadExperiment("nowhere"), Deno.errors.NotFound);
 * ```
 */
export async function loadExperiment(folder: string): Promise<KeptExperiment> {
  const { experiment, scale, config } = await readJson(folder, "config");
  const table = (name: string) => readCsv(join(folder, `${name}.csv`));
  return {
    experiment,
    scale,
    config,
    environment: await readJson(folder, "environment") as Environment,
    rows: await table("rows"),
    summary: await table("summary"),
    verdicts: await table("verdicts") as VerdictRow[],
    headlines: (await table("headlines") as Headline[])
      .map((row) => ({ ...row, unit: row.unit ?? "" })),
  };
}

async function readJson(folder: string, name: string) {
  return JSON.parse(await Deno.readTextFile(join(folder, `${name}.json`)));
}
