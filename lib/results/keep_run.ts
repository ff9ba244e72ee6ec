import { cp } from "node:fs/promises";
import { join } from "node:path";
import { dataDir, runsDir, writeBytes } from "../data/files.ts";
import { entries, folderNames } from "./entries.ts";
import { replaceFolder } from "./replace_folder.ts";

/**
 * Makes a finished laptop run the kept one: copies its experiments over
 * `data/results/` and its figures over `data/figures/`, each experiment all or
 * nothing. Kept experiments that the run does not have stay.
 *
 * @param scale The run's scale; only `"laptop"`, the default scale, is kept.
 * @param options `runs` and `data`: the folders to copy from and to, if not the
 * kit's own.
 * @returns The names of the experiments that were kept.
 * @throws {RangeError} If the scale is another, or the run has no result.
 *
 * @example
 * ```ts
 * import { keepRun } from "kit";
 * import { assertRejects } from "@std/assert";
 *
 * await assertRejects(() => keepRun("smoke"), RangeError, "laptop");
 * ```
 */
export async function keepRun(
  scale: string,
  { runs = runsDir(scale), data = dataDir }: { runs?: string; data?: string } =
    {},
): Promise<string[]> {
  if (scale !== "laptop") {
    throw new RangeError(
      `Cannot keep the run: expected scale "laptop", got "${scale}"`,
    );
  }
  const experiments = await folderNames(join(runs, "results"));
  if (experiments.length === 0) {
    throw new RangeError(`Cannot keep the run: found no result in ${runs}`);
  }
  for (const experiment of experiments) {
    const copy = join(data, "results", `.${experiment}.${crypto.randomUUID()}`);
    await cp(join(runs, "results", experiment), copy, { recursive: true });
    await replaceFolder(copy, join(data, "results", experiment));
  }
  for (const { name } of await entries(join(runs, "figures"))) {
    const bytes = await Deno.readFile(join(runs, "figures", name));
    await writeBytes(join(data, "figures", name), bytes);
  }
  return experiments;
}
