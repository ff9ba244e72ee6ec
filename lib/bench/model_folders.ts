import { join } from "node:path";
import { ifThere, runsDir } from "../data/files.ts";
import { contenders } from "./benchmarks.ts";
import { withEntrants } from "./run_benchmarks.ts";

/**
 * Writes a pretrained language model as a folder in the hub's layout, unless it is there:
 * all sides load one file, in float32.
 *
 * @param path The model.
 * @param threads Threads of who writes it.
 * @returns The folder; nothing where there is no such model.
 */
export async function writeModelFolder(
  path: string,
  threads: number,
): Promise<string | undefined> {
  if (!await isThere(path)) return undefined;
  const folder = join(runsDir("bench"), "smollm2");
  if (!await isThere(join(folder, "config.json"))) {
    await asked("writeFolder", { path, folder }, threads);
  }
  return folder;
}

/** Where the bench has a Stable Diffusion 3 in miniature, in the layout of diffusers. */
export const sd3Folder: string = join(runsDir("bench"), "sd3");

/**
 * Writes a Stable Diffusion 3 in miniature, of random weights, unless it is there.
 *
 * @param threads Threads of who writes it.
 */
export async function writeSd3Folder(threads: number): Promise<void> {
  if (await isThere(join(sd3Folder, "transformer/config.json"))) return;
  await asked("writeSd3", { folder: sd3Folder }, threads);
}

/** Has our side write a folder, of which the looked-for file is written last. */
async function asked(
  ask: string,
  details: Record<string, string>,
  threads: number,
): Promise<void> {
  const [taking, peers] = [[contenders.eager], false];
  await withEntrants(
    { taking, peers, threads },
    ([{ contender }]) => contender.ask(ask, details),
  );
}

const isThere = async (path: string) =>
  await ifThere(Deno.stat(path)) !== undefined;
