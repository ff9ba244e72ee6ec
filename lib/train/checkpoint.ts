import { writeBytes } from "../data/files.ts";
import { fromJson, toJson } from "../data/json.ts";
import { decodeSafetensors, encodeSafetensors } from "../data/safetensors.ts";
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
 * @throws {RangeError} If the file is not a safetensors file.
 */
export async function readCheckpoint(
  path: string,
  fingerprint: string,
): Promise<Checkpoint | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const { tensors: state, metadata } = decodeSafetensors(bytes);
  if (metadata.fingerprint !== fingerprint) {
    tf.dispose(state);
    console.warn(
      `Starting anew: the checkpoint ${path} is of another run. ` +
        `Expected ${fingerprint}, got ${metadata.fingerprint}`,
    );
    return undefined;
  }
  return { ...fromJson(metadata.rows) as Omit<Checkpoint, "state">, state };
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
