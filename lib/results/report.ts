import { assertKnown } from "../tf/check.ts";
import type { Run } from "../experiments/experiment.ts";
import type { ColumnTable } from "arquero";
import { type Claim, judgeClaims, type VerdictRow } from "./claims.ts";
import { shortVerdicts } from "./verdict_tables.ts";
import type { Environment } from "./environment.ts";
import type { Figure } from "./figure.ts";
import { atEnd, columnNames, type TableRow } from "./rows.ts";
import { summariseAlive } from "./summarise.ts";
import { table } from "./table.ts";

/** What an experiment found, as it is shown and kept. */
export interface ExperimentRecord {
  /** Its name: lower-case letters, digits and `_`. */
  readonly experiment: string;
  /** The scale it ran at: `smoke`, `laptop` or `full`. */
  readonly scale: string;
  /** All that sets it: seeds, coefficients, sizes. */
  readonly config: Readonly<Record<string, unknown>>;
  /** A row a run and evaluation. */
  readonly rows: readonly TableRow[];
  /** Means with intervals over seeds at the end; see {@linkcode summariseAlive}. */
  readonly summary: readonly TableRow[];
  /** The judged claims; see {@linkcode judgeClaims}. */
  readonly verdicts: readonly VerdictRow[];
  /** How its methods were tuned, a row a method and candidate, if they were. */
  readonly tuning?: readonly TableRow[];
  /** The figures by name. */
  readonly figures: Readonly<Record<string, Figure>>;
}

/** What is kept of an experiment beside its figures. */
export interface KeptExperiment extends Omit<ExperimentRecord, "figures"> {
  /** Where it was computed. */
  readonly environment: Environment;
}

/** What a report is made of. */
export interface ReportOptions {
  /** The claims to judge. */
  claims: readonly Claim[];
  /** What to draw, by name; the figure's name is `<experiment>_<chart>`. */
  charts: Readonly<Record<string, (run: Run) => Figure>>;
  /** The columns to average over seeds; all numbers that were measured when left out. */
  summarise?: readonly string[];
  /** How the methods were tuned; see `tune`. */
  tuning?: readonly TableRow[];
}

/**
 * Reports a run: judges its claims, draws its charts, and summarises the end of each
 * setting over its seeds. A setting with a diverged member has no line in the summary.
 *
 * @param run The run.
 * @param options The claims, the charts, and which columns to summarise.
 * @returns The record to show, and to keep with `saveExperiment`.
 * @throws {TypeError} If an option has an unknown name.
 * @throws {Error} If a claim cannot be measured, or a chart not drawn: the message
 * names it.
 *
 * @example
 * ```ts
 * import { report, type Run } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const run: Run = {
 *   experiment: "mine",
 *   scale: "smoke",
 *   config: {},
 *   rows: [0, 1].map((seed) => ({
 *     ...{ task: "t", method: "m", coefficient: 1, seed, iteration: 9, alive: true },
 *     reward: 0.5,
 *   })),
 *   shown: [],
 *   frontiers: [],
 *   tasks: { t: "my task" },
 *   methods: { m: { coefficient: "beta" } },
 * };
 * assertEquals(report(run, { claims: [], charts: {} }).summary[0].reward, 0.5);
 * ```
 */
export function report(
  run: Run,
  options: ReportOptions,
): ExperimentRecord {
  assertKnown("the options of report", options, [
    ...["claims", "charts", "summarise", "tuning"],
  ]);
  const { claims, charts } = options;
  const { experiment, scale, config, rows } = run;
  const end = atEnd(rows);
  const { summarise: metrics = measured(end) } = options;
  return {
    experiment,
    scale,
    config,
    rows,
    summary: summariseAlive(end, {
      by: ["task", "method", "coefficient"],
      metrics,
    }),
    verdicts: judgeClaims(claims, run),
    tuning: options.tuning,
    figures: Object.fromEntries(
      Object.entries(charts).map(([name, draw]) => [
        `${experiment}_${name}`,
        drawn(name, draw, run),
      ]),
    ),
  };
}

const labels = ["coefficient", "seed", "iteration", "member"];

/** The columns of numbers that were measured, less those of histograms. */
function measured(rows: readonly TableRow[]): string[] {
  return columnNames(rows).filter((name) =>
    typeof rows[0][name] === "number" && !labels.includes(name)
  );
}

function drawn(name: string, draw: (run: Run) => Figure, run: Run): Figure {
  try {
    return draw(run);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : cause;
    throw new Error(`Cannot draw the chart "${name}": ${reason}`, { cause });
  }
}

/**
 * The verdicts of a report as a short table: claim, case, what was measured, seeds,
 * verdict. `report.verdicts` has the rest of each row.
 *
 * @param report A report, or anything else with judged claims.
 * @returns The table, which a notebook shows.
 *
 * @example
 * ```ts
 * import { verdicts } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const judged = { ...{ task: "", quotes: "", statistic: "", rule: "> 0" }, low: 1, high: 3, n: 5 };
 * const shown = verdicts({
 *   verdicts: [{ ...judged, claim: "A gains", case: "B", value: 2, verdict: "holds" }],
 * });
 * assertEquals(shown.array("verdict"), ["holds"]);
 * ```
 */
export function verdicts(
  { verdicts }: Pick<ExperimentRecord, "verdicts">,
): ColumnTable {
  return table(shortVerdicts(verdicts));
}
