import { join } from "node:path";
import { runCommand } from "./run_command.ts";

/**
 * Runs pip, with its temporary files where they can be counted and are removed.
 *
 * @param python The path of a Python with pip.
 * @param args Its arguments.
 * @param temporary The folder of its temporary files.
 * @returns What it wrote to stdout.
 * @throws {Error} If it fails, with what it wrote last.
 */
export function pip(
  python: string,
  args: readonly string[],
  temporary: string,
): Promise<string> {
  const env = { TMPDIR: temporary, PIP_DISABLE_PIP_VERSION_CHECK: "1" };
  return runCommand(python, ["-m", "pip", ...args], { env });
}

/**
 * Adds up the files in a folder, while they are written.
 *
 * @param folder The folder.
 * @returns Their size in MB.
 */
export async function megabytes(folder: string): Promise<number> {
  let bytes = 0;
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = join(folder, name);
      bytes += isDirectory
        ? 1e6 * await megabytes(path)
        : (await Deno.stat(path)).size;
    }
  } catch { // A file was moved meanwhile: the next count has it.
  }
  return Math.round(bytes / 1e6);
}
