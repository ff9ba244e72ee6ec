import { basename, dirname, join, relative } from "node:path";
import { dataDir, root } from "../data/files.ts";
import { progressLine } from "../results/progress.ts";
import { heartbeat } from "../setup/heartbeat.ts";
import { endWithParent } from "../setup/python_env.ts";
import { runCommand } from "../setup/run_command.ts";

/**
 * How a program of Jupyter is started: it ends when this process does, and finds our
 * kernel before one of the user's.
 *
 * @param module Its module, such as `"jupyterlab"`.
 * @returns The program, its first arguments, and what is added to its environment.
 * @throws {Error} If set-up has not made `.venv` whole.
 */
export async function jupyter(module: string): Promise<{
  program: string;
  args: string[];
  env: Record<string, string>;
}> {
  try {
    await Deno.stat(join(root, ".venv/complete.txt"));
  } catch {
    throw new Error("There is no whole .venv: see what deno task setup says");
  }
  const program = join(root, ".venv/bin/python");
  return {
    program,
    args: [endWithParent, program, "-m", module],
    env: { JUPYTER_PREFER_ENV_PATH: "1" },
  };
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
  const { program, args, env } = await jupyter("nbconvert");
  const name = basename(notebook, ".ipynb");
  const partial = join(dirname(executed), `.${name}`);
  await Deno.mkdir(partial, { recursive: true });
  try {
    const reported = join(partial, `${name}.jsonl`);
    await Deno.writeTextFile(reported, "");
    const variables = {
      ...env,
      TF_NUM_INTRAOP_THREADS: Deno.env.get("TF_NUM_INTRAOP_THREADS") ??
        `${threads}`,
      KIT_SCALE: scale,
      KIT_PROGRESS: reported,
    };
    await heartbeat(
      name,
      runCommand(program, [
        ...[...args, "--to", "notebook", "--execute"],
        ...["--output-dir", partial, "--output", name, notebook],
      ], { env: variables }),
      { detail: () => lastProgress(reported) },
    );
    const output = join(partial, `${name}.ipynb`);
    await runCommand(program, ["-m", "nbstripout", "--keep-output", output]);
    await Deno.writeTextFile(
      output,
      (await Deno.readTextFile(output)).replaceAll(
        figuresFrom(notebook),
        figuresFrom(executed),
      ),
    );
    await Deno.rename(output, executed);
  } catch (error) {
    throw new Error(`${name} failed: ${cellError(error)}`);
  } finally {
    await Deno.remove(partial, { recursive: true });
  }
}

/** How a notebook links to the kept figures. */
function figuresFrom(notebook: string): string {
  return `](${relative(dirname(notebook), join(dataDir, "figures"))}/`;
}

/**
 * Writes executed notebooks as pages, each beside its notebook.
 *
 * @param executed The paths of the notebooks.
 */
export async function writePages(executed: readonly string[]): Promise<void> {
  const { program, args, env } = await jupyter("nbconvert");
  await heartbeat(
    "pages of the notebooks",
    runCommand(program, [...args, "--to", "html", ...executed], { env }),
  );
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
