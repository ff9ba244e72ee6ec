/**
 * `deno task lab`: opens JupyterLab on the notebooks, with the kit's kernel.
 * Arguments are handed to JupyterLab.
 *
 * @module
 */

import { jupyterEnv, venvPython } from "../notebooks/execute.ts";
import { root } from "../data/files.ts";

if (import.meta.main) {
  const lab = new Deno.Command(await venvPython(), {
    args: [
      ...["-m", "jupyterlab", `--ServerApp.root_dir=${root}`],
      // Refused else where root is the only user, as in a container.
      "--ServerApp.allow_root=True",
      "--LabApp.default_url=/lab/tree/notebooks",
      ...Deno.args,
    ],
    env: jupyterEnv,
  }).spawn();
  Deno.addSignalListener("SIGINT", () => {}); // JupyterLab has it too, and asks.
  Deno.addSignalListener("SIGTERM", () => lab.kill("SIGTERM"));
  Deno.exit((await lab.status).code);
}
