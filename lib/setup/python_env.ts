/**
 * Makes `.venv`: JupyterLab, the tools for notebooks, and the pinned Deno kernel.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeText } from "../data/files.ts";
import { writeOnce } from "./cache.ts";
import { heartbeat } from "./heartbeat.ts";
import { runCommand } from "./run_command.ts";

const requirements = fileURLToPath(
  new URL("requirements.txt", import.meta.url),
);

/** A program for Python that runs another, and ends it when its parent ends. */
export const endWithParent: string = fileURLToPath(
  new URL("end_with_parent.py", import.meta.url),
);

/**
 * Makes an empty `.venv`, unless one is there that is whole and of the present
 * requirements.
 *
 * @param root The checkout.
 * @returns The path of its Python.
 * @throws {Error} If `python3` is missing, too old, or comes without `venv`.
 */
export async function makeVenv(root: string): Promise<string> {
  const python = join(root, ".venv/bin/python");
  if (await isComplete(root)) return python;
  await runCommand("python3", [
    ...["-c", "import sys; assert sys.version_info >= (3, 10), sys.version"],
  ]);
  await heartbeat(
    "Python: making .venv",
    runCommand("python3", ["-m", "venv", "--clear", join(root, ".venv")]),
  );
  return python;
}

/**
 * Installs the requirements into `.venv`, and the kernel's description.
 *
 * @param root The checkout, with an empty or a whole `.venv` in it.
 * @param python The path of its Python.
 * @returns What was installed, in words.
 * @throws {Error} If a download fails.
 */
export async function installJupyter(
  root: string,
  python: string,
): Promise<string> {
  const venv = join(root, ".venv");
  if (!await isComplete(root)) {
    await heartbeat(
      "Python: installing JupyterLab and the Deno kernel",
      runCommand(python, [
        ...["-m", "pip", "install", "--disable-pip-version-check"],
        ...["--requirement", requirements],
      ]),
    );
    await writeText(stampFile(root), await wantedStamp(root));
  }
  await writeOnce(
    join(venv, "share/jupyter/kernels/deno/kernel.json"),
    new TextEncoder().encode(JSON.stringify(kernelSpec(venv), null, 2)),
  );
  return "JupyterLab with the Deno kernel";
}

/**
 * Describes the kernel to Jupyter: the Deno of the environment, which ends when
 * Jupyter does. `deno jupyter --install` would leave `interrupt_mode` out, and then
 * Stop kills the kernel.
 *
 * @param venv The folder of the environment that holds Deno.
 * @returns The content of `kernel.json`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { kernelSpec } from "./python_env.ts";
 *
 * assertEquals(kernelSpec("/home/me/kit/.venv").interrupt_mode, "message");
 * ```
 */
export function kernelSpec(venv: string) {
  const [python, deno] = ["python", "deno"].map((name) =>
    join(venv, "bin", name)
  );
  return {
    argv: [
      ...[python, endWithParent, deno],
      ...["jupyter", "--kernel", "--conn", "{connection_file}"],
    ],
    display_name: "Deno",
    language: "typescript",
    interrupt_mode: "message",
  };
}

/** Written last: a `.venv` without it, or with another, is not whole. */
function stampFile(root: string): string {
  return join(root, ".venv/complete.txt");
}

async function isComplete(root: string): Promise<boolean> {
  const stamp = await Deno.readTextFile(stampFile(root)).catch(() => "");
  return stamp === await wantedStamp(root) && await findsJupyter(root);
}

/** Whether its Python still runs: that of the system may have been upgraded. */
async function findsJupyter(root: string): Promise<boolean> {
  const code =
    "from importlib.util import find_spec as f; assert f('jupyterlab')";
  return await runCommand(join(root, ".venv/bin/python"), ["-c", code])
    .then(() => true, () => false);
}

/** Scripts in `.venv` hold its path: a checkout that was moved needs a new one. */
async function wantedStamp(root: string): Promise<string> {
  return `${root}\n${await Deno.readTextFile(requirements)}`;
}
