import { basename, dirname, join } from "node:path";
import { entries } from "../results/folders.ts";
import { progressLine } from "../results/progress.ts";
import { heartbeat } from "./heartbeat.ts";
import { root } from "./root.ts";
import { runCommand } from "./run_command.ts";

/** The environment that finds our kernel before one of the user's. */
export const jupyterEnv = { JUPYTER_PREFER_ENV_PATH: "1" };

/**
 * The path of the Python in `.venv`.
 *
 * @throws {Error} If set-up has not made `.venv` whole.
 */
export async function venvPython(): Promise<string> {
  try {
    await Deno.stat(join(root, ".venv/complete.txt"));
  } catch {
    throw new Error("There is no whole .venv: see what deno task setup says");
  }
  return join(root, ".venv/bin/python");
}

/**
 * Lists the notebooks of the kit in order.
 *
 * @returns Their names, without `.ipynb`.
 */
export async function notebookNames(): Promise<string[]> {
  const files = await entries(join(root, "notebooks"));
  return files.map(({ name }) => name)
    .filter((name) => name.endsWith(".ipynb"))
    .map((name) => basename(name, ".ipynb"))
    .sort();
}

/**
 * Executes a notebook from its first cell to its last in a fresh Deno kernel, and
 * writes it with its outputs, less what differs from one run to the next. The
 * progress that its cells report is relayed.
 *
 * @param notebook The path of the notebook; its kernel runs in that folder.
 * @param executed The path to write; a notebook that fails writes none.
 * @param options The scale that its experiments run at, and how many threads may
 * share an op of TensorFlow, if `TF_NUM_INTRAOP_THREADS` does not say.
 * @throws {Error} If a cell throws; the message ends with its traceback.
 */
export async function executeNotebook(
  notebook: string,
  executed: string,
  { scale, threads }: { scale: string; threads: number },
): Promise<void> {
  const python = await venvPython();
  const name = basename(notebook, ".ipynb");
  const partial = join(dirname(executed), `.${name}`);
  await Deno.mkdir(partial, { recursive: true });
  try {
    const reported = join(partial, `${name}.jsonl`);
    await Deno.writeTextFile(reported, "");
    const env = {
      ...jupyterEnv,
      TF_NUM_INTRAOP_THREADS: Deno.env.get("TF_NUM_INTRAOP_THREADS") ??
        `${threads}`,
      KIT_SCALE: scale,
      KIT_PROGRESS: reported,
    };
    await heartbeat(
      name,
      runCommand(python, [
        ...["-m", "nbconvert", "--to", "notebook", "--execute"],
        ...["--output-dir", partial, "--output", name, notebook],
      ], { env }),
      { detail: () => lastProgress(reported) },
    );
    const output = join(partial, `${name}.ipynb`);
    await runCommand(python, ["-m", "nbstripout", "--keep-output", output]);
    await Deno.rename(output, executed);
  } catch (error) {
    throw new Error(`${name} failed: ${cellError(error)}`);
  } finally {
    await Deno.remove(partial, { recursive: true });
  }
}

/** What the kernel said, without Python's own traceback around it. */
function cellError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("nbclient.exceptions.CellExecutionError: ").at(-1)!;
}

/** The last progress that was reported; nothing once the file is gone. */
async function lastProgress(reported: string): Promise<string> {
  const text = await Deno.readTextFile(reported).catch(() => "");
  const lines = text.trimEnd().split("\n");
  const whole = lines.filter((line) => line.endsWith("}")).at(-1);
  return whole ? progressLine(JSON.parse(whole)) : "";
}
