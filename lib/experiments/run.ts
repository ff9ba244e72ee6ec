import { type Row } from "../train/row.ts";
import { type Scale } from "./scale.ts";

/** What an experiment returns: plain rows, and all that set them. */
export interface Run {
  /** The experiment's name. */
  experiment: string;
  /** The scale it ran at. */
  scale: Scale;
  /** Seeds, coefficients, sizes. */
  config: Record<string, unknown>;
  /** One row a run and evaluation. */
  rows: Row[];
  /** Samples to show, one row a sample. */
  shown: Row[];
}

/** Called with how far a piece of work is, in percent, and what is running. */
export type ReportProgress = (percent: number, running: string) => unknown;
