/**
 * `deno task setup`: installs what the other tasks need, after the npm packages:
 * the native TensorFlow addon and `.venv`. It may be run again, killed and run
 * twice at once without harm; what is there already is not made again.
 *
 * @module
 */

import { root } from "../data/files.ts";
import { setUp } from "../setup/set_up.ts";
import { runTask } from "./run_task.ts";

const usage = `Usage: deno task setup

Installs npm packages, native TensorFlow, and .venv with JupyterLab and a Deno kernel.
The other tasks run it first.`;

if (import.meta.main) await runTask(usage, () => setUp(root));
