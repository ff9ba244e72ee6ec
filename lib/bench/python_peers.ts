import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDir } from "../setup/cache.ts";
import { heartbeat } from "../setup/heartbeat.ts";
import { root } from "../data/files.ts";
import { runCommand } from "../setup/run_command.ts";

/** The Python that set-up made. */
export const python: string = join(root, ".venv/bin/python");

const installer = fileURLToPath(new URL("peers/install.py", import.meta.url));

/**
 * Installs the peers, PyTorch and JAX, into a folder of their own in the user's
 * cache, unless they are there.
 *
 * @returns The folder, to be Python's `PYTHONPATH`.
 * @throws {Error} If a download fails.
 */
export async function installPeers(): Promise<string> {
  const folder = join(cacheDir(), "bench-peers");
  await heartbeat(
    "Python: PyTorch and JAX, about 6 GB if they are not there",
    runCommand(python, [installer, folder]),
  );
  return folder;
}
