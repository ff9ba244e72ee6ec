import { type Run } from "./experiment.ts";

/** All of a run but its rows. */
export type RunFrame = Omit<Run, "rows" | "shown" | "frontiers">;

/** What a run, or a piece of one, leaves. */
export type RunRows = Pick<Run, "rows" | "shown" | "frontiers">;

/**
 * Puts what became of the pieces of an experiment together: the same as of the whole.
 *
 * @param frame The experiment's, as `frameOf` makes it.
 * @param runs Of all pieces, in the order of `pieces`.
 */
export function joinRuns(frame: RunFrame, runs: readonly RunRows[]): Run {
  return { ...frame, ...joinRows(runs) };
}

/** The rows of some runs, one after the other. */
export const joinRows = (runs: readonly RunRows[]): RunRows => ({
  rows: runs.flatMap(({ rows }) => rows),
  shown: runs.flatMap(({ shown }) => shown),
  frontiers: runs.flatMap(({ frontiers }) => frontiers),
});
