import { cp } from "node:fs/promises";
import { join } from "node:path";
import { dataDir, root, runsDir } from "../data/files.ts";
import { type Scale } from "../experiments/scale.ts";
import { compareVerdicts } from "../results/kept_experiments.ts";
import { keepRun } from "../results/kept_experiments.ts";
import { withLock } from "../setup/cache.ts";
import { hasNvidiaGpu } from "../setup/nvidia.ts";
import { comparisonText } from "./comparison_text.ts";
import { assertBackend } from "./assert_backend.ts";
import { executeNotebook, writePages } from "./execute.ts";
import { writeIndex } from "./index_page.ts";
import { takeTurns } from "./take_turns.ts";
import { written, writtenSince } from "./written.ts";

/** Notebooks that are executed at once, at most. */
const mostAtOnce = 4;

/** A run of notebooks. */
export interface Request {
  /** How large the runs are. */
  readonly scale: Scale;
  /** Whether the run becomes the kept one. */
  readonly keep: boolean;
  /** The paths of the notebooks to execute, from the folder of the checkout. */
  readonly paths: string[];
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
 * Executes notebooks, prints what they measured beside what is kept, and writes a page
 * of all that lies in the folder of the scale. Of two at one scale the second waits.
 *
 * @param request Which, and how large.
 * @throws {Error} If a forced backend does not load, or a cell of a notebook throws.
 */
export async function reproduce(request: Request): Promise<void> {
  await assertBackend();
  const runs = runsDir(request.scale);
  await withLock(
    join(runs, ".lock"),
    `another reproduce at scale ${request.scale}`,
    () => reproduceIn(runs, request),
  );
}

async function reproduceIn(
  runs: string,
  { scale, keep, paths }: Request,
): Promise<void> {
  const before = await written(runs);
  const { atOnce, threads } = shareCores(paths.length, {
    cores: navigator.hardwareConcurrency,
    gpu: await hasNvidiaGpu(),
  });
  let begun = 0;
  await takeTurns(paths, atOnce, async (path) => {
    console.error(`[${++begun}/${paths.length}] ${path}, at scale ${scale}`);
    await executeNotebook(join(root, path), join(runs, path), {
      scale,
      threads,
    });
  });
  // Only a run that stops half-way goes on; the next whole one measures anew.
  await Deno.remove(join(runs, "checkpoints"), { recursive: true })
    .catch(() => {});
  await writePages(paths.map((path) => join(runs, path)));
  const index = await writeIndex(runs, `A run at scale ${scale}`);

  const fresh = writtenSince(before, await written(runs));
  const compared = await compareVerdicts(
    join(dataDir, "results"),
    join(runs, "results"),
  );
  const rows = compared.filter(({ experiment }) =>
    fresh.includes(`results/${experiment}`)
  );
  if (scale === "smoke") {
    console.log(
      `\nJudged ${rows.length} claims. A smoke run is too small for its verdicts to mean anything.`,
    );
  } else if (rows.length > 0) {
    console.log(`\nMeasured at scale ${scale}, beside the kept laptop run:`);
    console.log(comparisonText(rows));
  }
  if (keep) {
    const kept = await keepOf(fresh, runs, scale);
    console.log(`\nKept in ${dataDir}: ${kept.join(", ")}`);
  }
  console.log(`\nNotebooks, tables and figures: ${runs}`);
  console.log(`To browse them: ${index}`);
}

/** Keeps a part of a run. */
async function keepOf(
  fresh: readonly string[],
  runs: string,
  scale: Scale,
): Promise<string[]> {
  const part = join(runs, `.${crypto.randomUUID()}`);
  try {
    for (const path of fresh) {
      await cp(join(runs, path), join(part, path), { recursive: true });
    }
    return await keepRun(scale, { runs: part });
  } finally {
    await Deno.remove(part, { recursive: true }).catch(() => {});
  }
}
