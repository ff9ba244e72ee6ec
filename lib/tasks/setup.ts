/**
 * `deno task setup`: installs what the other tasks need, after the npm packages:
 * the native TensorFlow addon and `.venv`. It may be run again, killed and run
 * twice at once without harm; what is there already is not made again.
 *
 * @module
 */

import { root } from "../data/files.ts";
import { setUp } from "../setup/set_up.ts";

if (import.meta.main) await setUp(root);
