import { join } from "node:path";
import { folderNames } from "./entries.ts";
import type { KeptExperiment } from "./experiment_record.ts";
import { loadExperiment } from "./load_experiment.ts";
import type { Verdict } from "./verdict.ts";

/** A kept number or verdict beside the one just measured. */
export type Comparison = {
  readonly experiment: string;
  /** The headline's name, or the claim. */
  readonly name: string;
  /** The kept value, and its 95% interval. */
  readonly kept: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** The value just measured. */
  readonly measured: number;
  /** Whether that lies in the kept interval; `null` where nothing is kept. */
  readonly inside: boolean | null;
  /** The kept verdict; `null` for a headline, which has none. */
  readonly keptVerdict: Verdict | null;
  readonly measuredVerdict: Verdict | null;
};

/**
 * Sets each headline number and verdict that was just measured beside the kept
 * one.
 *
 * @param keptDir The folder of the kept results, `data/results`.
 * @param measuredDir The folder of the measured results, `.runs/<scale>/results`.
 * @returns One row a headline and a claim, by experiment.
 *
 * @example
 * ```ts
 * import { compareHeadlines } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const empty = await Deno.makeTempDir();
 * assertEquals(await compareHeadlines(empty, empty), []);
 * await Deno.remove(empty);
 * ```
 */
export async function compareHeadlines(
  keptDir: string,
  measuredDir: string,
): Promise<Comparison[]> {
  const keptNames = await folderNames(keptDir);
  const rows: Comparison[] = [];
  for (const experiment of await folderNames(measuredDir)) {
    const kept = keptNames.includes(experiment)
      ? numbersOf(await loadExperiment(join(keptDir, experiment)))
      : [];
    const measured = await loadExperiment(join(measuredDir, experiment));
    for (const number of numbersOf(measured)) {
      const before = kept.find(({ name }) => name === number.name);
      rows.push({ experiment, ...beside(number, before) });
    }
  }
  return rows;
}

/** How far equal runs differ on another processor, as a part of the value. */
const rounding = 1e-4;

interface NamedNumber {
  readonly name: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly verdict: Verdict | null;
}

function numbersOf({ headlines, verdicts }: KeptExperiment): NamedNumber[] {
  return [
    ...headlines.map((headline) => ({ ...headline, verdict: null })),
    ...verdicts.map(({ claim, ...verdict }) => ({ ...verdict, name: claim })),
  ];
}

function beside(
  { name, value, verdict }: NamedNumber,
  kept: NamedNumber | undefined,
): Omit<Comparison, "experiment"> {
  return {
    name,
    kept: kept?.value ?? null,
    low: kept?.low ?? null,
    high: kept?.high ?? null,
    measured: value,
    inside: kept ? isInside(value, kept) : null,
    keptVerdict: kept?.verdict ?? null,
    measuredVerdict: verdict,
  };
}

/** Whether a value is in an interval, which may be no wider than a rounding error. */
function isInside(
  value: number,
  { low, high }: { low: number; high: number },
): boolean {
  const slack = rounding * Math.max(Math.abs(low), Math.abs(high));
  return value >= low - slack && value <= high + slack;
}
