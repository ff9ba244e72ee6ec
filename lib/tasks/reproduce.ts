/**
 * `deno task reproduce [--scale smoke|laptop|full] [--keep] [NOTEBOOK ...]`:
 * executes the notebooks, all or those named, and sets what they measured beside
 * the kept results. `--keep` then makes a laptop run the kept one.
 *
 * @module
 */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { dataDir, runsDir } from "../data/files.ts";
import { parseScale, type Scale } from "../experiments/scale.ts";
import { compareVerdicts, keepRun } from "../results/experiment_files.ts";
import { comparisonText } from "./comparison_text.ts";
import { executeNotebook, notebookNames } from "./notebook.ts";
import { hasNvidiaGpu } from "./nvidia.ts";
import { root } from "./root.ts";
import { takeTurns } from "./take_turns.ts";

/** Notebooks that are executed at once, at most. */
const mostAtOnce = 4;

/** What a command line asks for. */
export interface Request {
  /** How large the runs are. */
  readonly scale: Scale;
  /** Whether the run becomes the kept one. */
  readonly keep: boolean;
  /** The notebooks to execute, in order. */
  readonly names: string[];
}

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

/**
 * Shares the cores among notebooks. Each takes about 1 GB of memory, and an NVIDIA
 * GPU the whole of its own, so that there one notebook follows the other. As the
 * kit does by itself, half of the cores share ops, which are small.
 *
 * @param notebooks How many there are.
 * @param machine Its cores, and whether it has an NVIDIA GPU.
 * @returns How many to execute `atOnce`, and the `threads` of each.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { shareCores } from "./reproduce.ts";
 *
 * const laptop = { cores: 8, gpu: false };
 * assertEquals(shareCores(9, laptop), { atOnce: 4, threads: 1 });
 * ```
 */
export function shareCores(
  notebooks: number,
  { cores, gpu }: { cores: number; gpu: boolean },
): { atOnce: number; threads: number } {
  const atOnce = gpu ? 1 : Math.min(notebooks, cores, mostAtOnce);
  return { atOnce, threads: Math.ceil(cores / 2 / atOnce) };
}

async function reproduce({ scale, keep, names }: Request) {
  const runs = runsDir(scale);
  const executed = join(runs, "notebooks");
  const { atOnce, threads } = shareCores(names.length, {
    cores: navigator.hardwareConcurrency,
    gpu: await hasNvidiaGpu(),
  });
  let begun = 0;
  await takeTurns(names, atOnce, async (name) => {
    console.error(`[${++begun}/${names.length}] ${name}, at scale ${scale}`);
    const file = `${name}.ipynb`;
    await executeNotebook(join(root, "notebooks", file), join(executed, file), {
      scale,
      threads,
    });
  });
  // Only a run that stops half-way goes on; the next whole one measures anew.
  await Deno.remove(join(runs, "checkpoints"), { recursive: true })
    .catch(() => {});
  const measured = join(runs, "results");
  const rows = await compareVerdicts(join(dataDir, "results"), measured);
  console.log(`\nMeasured at scale ${scale}, beside the kept laptop run:`);
  console.log(comparisonText(rows));
  if (keep) {
    const experiments = await keepRun(scale);
    console.log(`\nKept in ${dataDir}: ${experiments.join(", ")}`);
  }
  console.log(`\nExecuted notebooks: ${executed}`);
  console.log(`Tables:             ${measured}`);
  console.log(`Figures:            ${join(runs, "figures")}`);
}

if (import.meta.main) {
  try {
    await reproduce(parseRequest(Deno.args, await notebookNames()));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
}
