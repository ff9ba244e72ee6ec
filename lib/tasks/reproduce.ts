/**
 * `deno task reproduce [--scale smoke|laptop|full] [--keep] [NOTEBOOK ...]`:
 * executes the notebooks, all or those named, and sets what they measured beside
 * the kept results. `--keep` then makes a laptop run the kept one.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { parseScale } from "../experiments/scale.ts";
import { notebookNames } from "../notebooks/execute.ts";
import { reproduce, type Request } from "../notebooks/reproduce.ts";

/**
 * Reads a command line.
 *
 * @param args The arguments.
 * @param all The notebooks there are, in order.
 * @returns What they ask for; all notebooks, if none is named.
 * @throws {TypeError} If there is an unknown option.
 * @throws {RangeError} If there is no such scale or notebook, or a run is to be
 * kept that is not of the laptop scale.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseRequest } from "./reproduce.ts";
 *
 * const { scale, names } = parseRequest(["--scale", "smoke"], ["00_start_here"]);
 * assertEquals([scale, names], ["smoke", ["00_start_here"]]);
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
  const named = positionals.map((name) => name.replace(/\.ipynb$/, ""));
  const unknown = named.find((name) => !all.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(
      `There is no notebook "${unknown}", only ${all.join(", ")}`,
    );
  }
  const names = all.filter((name) =>
    named.length === 0 || named.includes(name)
  );
  return { scale, keep: values.keep, names };
}

if (import.meta.main) {
  try {
    await reproduce(parseRequest(Deno.args, await notebookNames()));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
}
