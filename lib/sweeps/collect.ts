import { join } from "node:path";
import { fromJson } from "../data/json.ts";
import { joinRuns, type RunRows } from "../experiments/join_runs.ts";
import { saveRun } from "../results/kept_run.ts";
import { donePieces, type Plan, rowsPath, runPath } from "./plan.ts";
import { removeParts } from "./publish.ts";

/**
 * Puts the published rows of a sweep together, in the order of the experiment,
 * and removes the parts of files that killed tasks left.
 *
 * @param folder The folder of the sweep.
 * @param plan Its plan.
 * @returns The path of the run, which `loadRun` reads.
 * @throws {Error} If pieces are missing or damaged; the message names them.
 */
export async function collect(folder: string, plan: Plan): Promise<string> {
  const done = await donePieces(folder, plan);
  const missing = plan.pieces.flatMap(({ name }, i) =>
    done[i] ? [] : [`  ${i}  ${name}`]
  );
  if (missing.length > 0) {
    throw new Error(
      `Cannot collect ${folder}: ${missing.length} of ${done.length} pieces are missing\n${
        missing.join("\n")
      }`,
    );
  }
  const runs = await Promise.all(
    plan.pieces.map((piece) => readRows(rowsPath(folder, piece))),
  );
  await saveRun(runPath(folder), joinRuns(plan.frame, runs));
  await Promise.all(
    ["", "rows", "submissions"].map((name) => removeParts(join(folder, name))),
  );
  return runPath(folder);
}

async function readRows(path: string): Promise<RunRows> {
  const text = await Deno.readTextFile(path);
  try {
    return fromJson(text) as RunRows;
  } catch (cause) {
    throw new Error(
      `${path} is damaged: remove it, and submit its piece again`,
      { cause },
    );
  }
}
