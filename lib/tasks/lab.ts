/**
 * `deno task lab`: opens JupyterLab on the notebooks, with the kit's kernel.
 * Arguments are handed to JupyterLab.
 *
 * @module
 */

import { join } from "node:path";
import { jupyterEnv, venvProgram } from "./notebook.ts";
import { root } from "./root.ts";

if (import.meta.main) {
  const lab = new Deno.Command(await venvProgram("python"), {
    args: [
      ...["-m", "jupyterlab", `--ServerApp.root_dir=${root}`],
      // Refused else where root is the only user, as in a container.
      "--ServerApp.allow_root=True",
      ...Deno.args,
      join(root, "notebooks"),
    ],
    env: jupyterEnv,
  }).spawn();
  Deno.addSignalListener("SIGINT", () => {}); // JupyterLab asks and stops itself.
  Deno.exit((await lab.status).code);
}
