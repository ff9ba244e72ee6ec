import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeText } from "../../data/files.ts";
import { cacheDir, withLock } from "../cache.ts";
import { heartbeat } from "../heartbeat.ts";
import { root } from "../root.ts";
import { runCommand } from "../run_command.ts";

/** The Python that set-up made. */
export const python: string = join(root, ".venv/bin/python");

const requirements = fileURLToPath(
  new URL("peers/requirements.txt", import.meta.url),
);

/**
 * Installs the peers, PyTorch and JAX, into a folder of their own in the user's
 * cache, unless they are there.
 *
 * @returns The folder, to be Python's `PYTHONPATH`.
 * @throws {Error} If a download fails.
 */
export async function installPeers(): Promise<string> {
  const folder = join(cacheDir(), "bench-peers");
  const stamp = join(folder, "complete.txt");
  const version = await runCommand(python, ["--version"]);
  const wanted = version + await Deno.readTextFile(requirements);
  await withLock(`${folder}.lock`, async () => {
    if (await Deno.readTextFile(stamp).catch(() => "") === wanted) return;
    await Deno.remove(folder, { recursive: true }).catch(() => {});
    await heartbeat(
      "Python: installing PyTorch and JAX, about 6 GB",
      runCommand(python, [
        ...["-m", "pip", "install", "--disable-pip-version-check"],
        ...["--target", folder, "--requirement", requirements],
      ]),
    );
    await writeText(stamp, wanted);
  });
  return folder;
}
