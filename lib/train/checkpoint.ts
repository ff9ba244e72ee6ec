import { ifThere, writeBytes } from "../data/files.ts";
import { fromJson, toJson } from "../data/json.ts";
import { encodeSafetensors, readSafetensors } from "../data/safetensors.ts";
import { tf } from "../tf/backend.ts";
import { type Row } from "./row.ts";
import { describeState, type State } from "./state.ts";

/** Everything that a run needs to go on after a kill. */
export interface Checkpoint {
  /** Iterations done. */
  iteration: number;
  /** The state after them. */
  state: State;
  /** The logs so far. */
  logs: Row[];
  /** The evaluations so far. */
  evaluations: Row[];
  /** The rows shown so far. */
  shown: Row[];
}

/**
 * Writes a checkpoint as one safetensors file, all or nothing: a kill leaves the
 * old one or the new one.
 *
 * @param path The file.
 * @param checkpoint What to write.
 * @param fingerprint What the run is, from {@linkcode fingerprintOf}.
 */
export async function writeCheckpoint(
  path: string,
  { iteration, state, logs, evaluations, shown }: Checkpoint,
  fingerprint: string,
): Promise<void> {
  const rows = toJson({ iteration, logs, evaluations, shown });
  await writeBytes(path, await encodeSafetensors(state, { fingerprint, rows }));
}

/**
 * Reads a checkpoint back, if there is one and it belongs to this run. One of
 * another run (another configuration, other shapes) is left out with a warning;
 * the run then starts anew and replaces it.
 *
 * @param path The file.
 * @param fingerprint What the run is.
 * @returns The checkpoint, whose state the caller disposes, or `undefined`.
 * @throws {RangeError} If the file is damaged, naming it.
 */
export async function readCheckpoint(
  path: string,
  fingerprint: string,
): Promise<Checkpoint | undefined> {
  const file = await ifThere(readSafetensors(path));
  if (!file) return undefined;
  const { tensors: state, metadata } = file;
  if (metadata.fingerprint !== fingerprint) {
    tf.dispose(state);
    console.warn(
      `Starting anew: the checkpoint ${path} is of another run. ` +
        `Expected ${fingerprint}, got ${metadata.fingerprint}`,
    );
    return undefined;
  }
  const rows = rowsOf(metadata.rows);
  if (rows) return { ...rows, state };
  tf.dispose(state);
  throw new RangeError(`Cannot read ${path}: expected the rows of a run`);
}

function rowsOf(text: string): Omit<Checkpoint, "state"> | undefined {
  try {
    const rows = fromJson(text) as Omit<Checkpoint, "state">;
    const { iteration, logs, evaluations, shown } = rows;
    const whole = Number.isSafeInteger(iteration) &&
      [logs, evaluations, shown].every(Array.isArray);
    return whole ? rows : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Describes a run as text: equal texts, equal runs.
 *
 * @param run Plain data that decides the outcome.
 * @param state The state that the run starts with: its names, types and shapes.
 */
export function fingerprintOf(run: unknown, state: State): string {
  return toJson({ run, tensors: describeState(state) });
}
