import { join } from "node:path";
import { dataDir, root, runsDir } from "../data/files.ts";
import { type Scale } from "../experiments/scale.ts";
import { compareHeadlines } from "../results/compare_headlines.ts";
import { keepRun } from "../results/keep_run.ts";
import { hasNvidiaGpu } from "../setup/nvidia.ts";
import { comparisonText } from "./comparison_text.ts";
import { executeNotebook } from "./execute.ts";
import { takeTurns } from "./take_turns.ts";

/** Notebooks that are executed at once, at most. */
const mostAtOnce = 4;

/** A run of notebooks. */
export interface Request {
  /** How large the runs are. */
  readonly scale: Scale;
  /** Whether the run becomes the kept one. */
  readonly keep: boolean;
  /** The notebooks to execute, in order. */
  readonly names: string[];
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

/**
 * Executes notebooks and prints what they measured beside what is kept.
 *
 * @param request Which, and how large.
 * @throws {Error} If a cell of a notebook throws.
 */
export async function reproduce(
  { scale, keep, names }: Request,
): Promise<void> {
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
  const rows = await compareHeadlines(join(dataDir, "results"), measured);
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
