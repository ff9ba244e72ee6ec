import { cp } from "node:fs/promises";
import { join } from "node:path";
import { dataDir, runsDir, writeBytes } from "../data/files.ts";
import { readJson } from "../data/read_json.ts";
import type { VerdictRow } from "./claims.ts";
import { readCsv } from "./csv.ts";
import type { Environment } from "./environment.ts";
import { entries, folderNames, replaceFolder } from "./folders.ts";
import type { KeptExperiment } from "./report.ts";
import type { TableRow } from "./rows.ts";
import type { Verdict } from "./rules.ts";

/**
 * Reads a kept experiment.
 *
 * @param folder The experiment's folder, as {@linkcode saveExperiment} returns it.
 * @returns What was kept; tables as rows.
 * @throws {RangeError} If a file of it is damaged, naming it.
 * @throws {Deno.errors.NotFound} If a file of it is missing.
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
  const json = (name: string): Promise<unknown> =>
    readJson(join(folder, `${name}.json`));
  const table = (name: string) => readCsv(join(folder, `${name}.csv`));
  return {
    ...await json("config") as Titled,
    environment: await json("environment") as Environment,
    rows: await readCsv(join(folder, "rows.csv.gz")),
    summary: await table("summary"),
    verdicts: await readVerdicts(folder),
  };
}

/** Reads the verdicts of a kept experiment alone. */
export async function readVerdicts(folder: string): Promise<VerdictRow[]> {
  const rows = await readCsv(join(folder, "verdicts.csv"));
  return rows.map(withoutNulls) as VerdictRow[];
}

/** What `config.json` holds. */
type Titled = Pick<KeptExperiment, "experiment" | "scale" | "config">;

/** A row whose empty texts are texts again, which a CSV file cannot tell from none. */
const withoutNulls = (row: TableRow) =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value ?? ""]),
  );

/**
 * Makes a finished laptop run the kept one: copies its experiments over
 * `data/results/` and its figures over `data/figures/`, each experiment all or
 * nothing. Kept experiments that the run does not have stay. Parts of the study,
 * `part_...`, are not kept: the whole of it is.
 *
 * @param scale The run's scale; only `"laptop"`, the default scale, is kept.
 * @param options `runs` and `data`: the folders to copy from and to, if not the
 * kit's own.
 * @returns The names of the experiments that were kept.
 * @throws {RangeError} If the scale is another, or the run has no result.
 *
 * @example
 * ```ts
 * import { keepRun } from "kit";
 * import { assertRejects } from "@std/assert";
 *
 * await assertRejects(() => keepRun("smoke"), RangeError, "laptop");
 * ```
 */
export async function keepRun(
  scale: string,
  { runs = runsDir(scale), data = dataDir }: { runs?: string; data?: string } =
    {},
): Promise<string[]> {
  if (scale !== "laptop") {
    throw new RangeError(
      `Cannot keep the run: expected scale "laptop", got "${scale}"`,
    );
  }
  const experiments = (await folderNames(join(runs, "results")))
    .filter((name) => !isPart(name));
  if (experiments.length === 0) {
    throw new RangeError(
      `Cannot keep the run: found no result in ${runs}, but for parts of the study, if any, which are never kept`,
    );
  }
  for (const experiment of experiments) {
    const copy = join(data, "results", `.${experiment}.${crypto.randomUUID()}`);
    await cp(join(runs, "results", experiment), copy, { recursive: true });
    await replaceFolder(copy, join(data, "results", experiment));
  }
  for (const { name } of await entries(join(runs, "figures"))) {
    if (isPart(name)) continue;
    const bytes = await Deno.readFile(join(runs, "figures", name));
    await writeBytes(join(data, "figures", name), bytes);
  }
  return experiments;
}

/** Whether an experiment, or a figure, is of a part of the study, by its name. */
const isPart = (name: string) => name.startsWith("part_");

/** A kept verdict beside the one just measured. */
export type Comparison = {
  readonly experiment: string;
  readonly claim: string;
  readonly case: string;
  /** The kept value, and its 95% interval; `null` where nothing is kept. */
  readonly kept: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** The value just measured. */
  readonly measured: number;
  /** Whether that lies in the kept interval. */
  readonly inside: boolean | null;
  readonly keptVerdict: Verdict | null;
  readonly measuredVerdict: Verdict;
};

/**
 * Sets each verdict that was just measured beside the kept one of the same claim and
 * case.
 *
 * @param keptDir The folder of the kept results, `data/results`.
 * @param measuredDir The folder of the measured results, `data/runs/<scale>/results`.
 * @returns One row a claim and case, by experiment.
 *
 * @example
 * ```ts
 * import { compareVerdicts } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const empty = await Deno.makeTempDir();
 * assertEquals(await compareVerdicts(empty, empty), []);
 * await Deno.remove(empty);
 * ```
 */
export async function compareVerdicts(
  keptDir: string,
  measuredDir: string,
): Promise<Comparison[]> {
  const keptNames = await folderNames(keptDir);
  const studies = keptNames.filter((name) => name.startsWith("study_"));
  const rows: Comparison[] = [];
  for (const experiment of await folderNames(measuredDir)) {
    const names = isPart(experiment)
      ? studies
      : keptNames.filter((name) => name === experiment);
    const kept = (await Promise.all(
      names.map((name) => readVerdicts(join(keptDir, name))),
    )).flat();
    for (const row of await readVerdicts(join(measuredDir, experiment))) {
      const before = kept.find((other) =>
        other.claim === row.claim && other.case === row.case
      );
      rows.push({
        experiment,
        claim: row.claim,
        case: row.case,
        kept: before?.value ?? null,
        low: before?.low ?? null,
        high: before?.high ?? null,
        measured: row.value,
        inside: before ? isInside(row.value, before) : null,
        keptVerdict: before?.verdict ?? null,
        measuredVerdict: row.verdict,
      });
    }
  }
  return rows;
}

/** How far equal runs differ on another processor, as a part of the value. */
const rounding = 1e-4;

/** Whether a value is in an interval, which may be no wider than a rounding error. */
function isInside(
  value: number,
  { value: kept, low, high }: { value: number; low: number; high: number },
): boolean {
  if (Number.isNaN(value)) return Number.isNaN(kept); // No common rewards, twice.
  const slack = rounding * Math.max(Math.abs(low), Math.abs(high));
  return value >= low - slack && value <= high + slack;
}
