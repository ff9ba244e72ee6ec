/**
 * `deno task reproduce`: executes the notebooks and sets what they measured beside the
 * kept results.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { parseScale } from "../experiments/scale.ts";
import { notebookNames, notebookPath } from "../notebooks/find.ts";
import { reproduce, type Request } from "../notebooks/reproduce.ts";
import { runTask } from "./run_task.ts";

const usage = `Usage: deno task reproduce [OPTIONS] [NOTEBOOK ...]

Executes the kit's notebooks, all or those named; a notebook of your own is named by
its path. Leaves executed notebooks, tables, figures and a page of all of them in
data/runs/SCALE, and prints what was measured beside what is kept.

  --scale smoke|laptop|full  how large the runs are; laptop, if not said
  --keep                     make this laptop run the kept one, in data/`;

/**
 * Reads a command line.
 *
 * @param args The arguments.
 * @param all The names of the kit's notebooks, in order.
 * @returns What they ask for: notebooks by their paths; all of the kit's, if none is
 * named.
 * @throws {TypeError} If there is an unknown option.
 * @throws {RangeError} If there is no such scale or notebook, or a run is to be
 * kept that is not of the laptop scale.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseRequest } from "./reproduce.ts";
 *
 * const { scale, paths } = parseRequest(["--scale", "smoke"], ["00_start_here"]);
 * assertEquals([scale, paths], ["smoke", ["notebooks/00_start_here.ipynb"]]);
 * ```
 */
export function parseRequest(
  args: readonly string[],
  all: readonly string[],
): Request {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      scale: { type: "string", default: "laptop" },
      keep: { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  const scale = parseScale(values.scale);
  if (values.keep && scale !== "laptop") {
    throw new RangeError(
      `--keep keeps a run of scale laptop only, got "${scale}"`,
    );
  }
  const named = positionals.length > 0 ? positionals : all;
  const paths = new Set(named.map((name) => notebookPath(name, all)));
  return { scale, keep: values.keep, paths: [...paths].sort() };
}

if (import.meta.main) {
  await runTask(
    usage,
    async (args) => reproduce(parseRequest(args, await notebookNames())),
  );
}
