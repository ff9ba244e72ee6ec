import { join } from "node:path";
import { ifThere } from "../data/files.ts";
import { fromJson, toJson } from "../data/json.ts";
import { type RunFrame } from "../experiments/join_runs.ts";
import { published } from "./publish.ts";

/** A sweep: an experiment as a list of pieces, each under a key of all that decides it. */
export interface Plan {
  /** The file whose default export is the experiment, from the folder of the checkout. */
  readonly file: string;
  /** How large it is. */
  readonly scale: string;
  /** What all pieces are made with. */
  readonly made: Made;
  /** All of the run but its rows. */
  readonly frame: RunFrame;
  /** The pieces, in the order of `pieces`. */
  readonly pieces: readonly Piece[];
}

/** What decides the rows of a piece beside its settings and data. */
export interface Made {
  /** A hash of the kit's modules, of the kept models, and of the backend's name. */
  readonly code: string;
  /** A hash of the experiment's file. */
  readonly file: string;
  /** A hash of the lock file, and the versions of Deno and of the backend. */
  readonly packages: string;
  /** The threads that share an op: they decide how sums are rounded. */
  readonly threads: string;
}

/** What one task of an engine runs: a population. */
export interface Piece {
  /** Its task and method. */
  readonly name: string;
  /** The hash of all that decides its rows. */
  readonly key: string;
}

/** Where the rows of a piece are published. */
export const rowsPath = (folder: string, { key }: Piece): string =>
  join(folder, "rows", `${key}.json`);

/** Where the whole run is written once all pieces are done. */
export const runPath = (folder: string): string => join(folder, "run.json");

/** Where a plan is written. */
export const planPath = (folder: string): string => join(folder, "sweep.json");

/** A plan as it is written. */
export const planText = (plan: Plan): string => `${toJson(plan, 1)}\n`;

/**
 * Reads the plan of a sweep.
 *
 * @param folder The folder of the sweep.
 * @throws {RangeError} If it has none.
 */
export async function readPlan(folder: string): Promise<Plan> {
  const text = await published(planPath(folder));
  if (text === undefined) {
    throw new RangeError(
      `Expected the folder of a sweep, with a sweep.json in it, got ${folder}`,
    );
  }
  return fromJson(text) as Plan;
}

/** Which pieces have published rows. */
export async function donePieces(
  folder: string,
  { pieces }: Plan,
): Promise<boolean[]> {
  return await Promise.all(
    pieces.map(async (piece) =>
      (await ifThere(Deno.stat(rowsPath(folder, piece))))?.isFile ?? false
    ),
  );
}
