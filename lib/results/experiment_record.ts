import type { Environment } from "./environment.ts";
import type { Figure } from "./figure.ts";
import type { TableRow } from "./table_row.ts";
import type { VerdictRow } from "./verdict.ts";

/** A number that the README may quote, and later runs are compared with. */
export type Headline = {
  /** What it is, in a few words. */
  readonly name: string;
  readonly value: number;
  /** The ends of its 95% interval. */
  readonly low: number;
  readonly high: number;
  /** The runs it rests on. */
  readonly n: number;
  /** Its unit, or `""` for a number without one. */
  readonly unit: string;
};

/** What an experiment found, as it is handed over to be kept. */
export interface ExperimentRecord {
  /** Its name: lower-case letters, digits and `_`. */
  readonly experiment: string;
  /** The scale it ran at: `smoke`, `laptop` or `full`. */
  readonly scale: string;
  /** All that sets it: seeds, coefficients, sizes. */
  readonly config: Readonly<Record<string, unknown>>;
  /** One row a run. */
  readonly rows: readonly TableRow[];
  /** Means with intervals over seeds; see {@linkcode summarise}. */
  readonly summary: readonly TableRow[];
  /** The judged claims; see {@linkcode judge}. */
  readonly verdicts: readonly VerdictRow[];
  /** The numbers to quote. */
  readonly headlines: readonly Headline[];
  /** The figures by name. */
  readonly figures: Readonly<Record<string, Figure>>;
}

/** What is kept of an experiment beside its figures. */
export interface KeptExperiment extends Omit<ExperimentRecord, "figures"> {
  /** Where it was computed. */
  readonly environment: Environment;
}
