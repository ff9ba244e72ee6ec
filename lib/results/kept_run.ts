import { writeText } from "../data/files.ts";
import { fromJson, toJson } from "../data/json.ts";
import type { Run } from "../experiments/experiment.ts";

/**
 * Writes the whole of a run to a file, all or nothing, such as to report it elsewhere.
 *
 * @param path The file to write or replace.
 * @param run The run.
 */
export function saveRun(path: string, run: Run): Promise<void> {
  return writeText(path, `${toJson(run, 1)}\n`);
}

/**
 * Reads a run that {@linkcode saveRun}, or `deno task sweep`, wrote: every number as it
 * was.
 *
 * @param path The file.
 * @returns The run, to {@linkcode report} on.
 * @throws {RangeError} If the file is no JSON, naming it.
 * @throws {Deno.errors.NotFound} If there is no such file.
 *
 * @example
 * ```ts
 * import { loadRun, type Run, saveRun } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const run: Run = {
 *   experiment: "mine",
 *   scale: "smoke",
 *   config: {},
 *   rows: [{ seed: 0, reward: 0.1 + 0.2, entropy: NaN }],
 *   shown: [],
 *   frontiers: [],
 *   tasks: {},
 *   methods: {},
 * };
 * const path = await Deno.makeTempFile({ suffix: ".json" });
 * await saveRun(path, run);
 * assertEquals(await loadRun(path), run);
 * await Deno.remove(path);
 * ```
 */
export async function loadRun(path: string): Promise<Run> {
  const text = await Deno.readTextFile(path);
  try {
    return fromJson(text) as Run;
  } catch (cause) {
    throw new RangeError(`Cannot read ${path}: expected JSON`, { cause });
  }
}
