/**
 * `deno task lab`: opens JupyterLab on the notebooks, with the kit's kernel.
 *
 * @module
 */

import { root } from "../data/files.ts";
import { assertBackend } from "../notebooks/assert_backend.ts";
import { jupyter } from "../notebooks/execute.ts";
import { runTask } from "./run_task.ts";

const usage = `Usage: deno task lab [ARGUMENT ...]

Opens JupyterLab on the notebooks, with the kit's kernel. Arguments are handed to
JupyterLab, such as --no-browser or --port=8889.`;

if (import.meta.main) {
  await runTask(usage, async (args) => {
    await assertBackend();
    const { program, args: start, env } = await jupyter("jupyterlab");
    const lab = new Deno.Command(program, {
      args: [
        ...[...start, `--ServerApp.root_dir=${root}`],
        // Refused else where root is the only user, as in a container.
        "--ServerApp.allow_root=True",
        "--LabApp.default_url=/lab/tree/notebooks",
        ...args,
      ],
      env,
    }).spawn();
    if (Deno.stdin.isTerminal()) {
      Deno.addSignalListener("SIGINT", () => {}); // JupyterLab has it too, and asks.
    }
    Deno.exit((await lab.status).code);
  });
}
