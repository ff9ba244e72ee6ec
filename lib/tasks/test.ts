/**
 * `deno task test`: runs the tests.
 *
 * @module
 */

import { root } from "../data/files.ts";
import { endWithTask, testFlags } from "../setup/test_flags.ts";
import { runTask } from "./run_task.ts";

const usage = `Usage: deno task test [ARGUMENT ...]

Runs the tests, all or those of the files and folders named. Arguments are handed to
deno test, such as --filter=NAME.`;

if (import.meta.main) {
  await runTask(usage, async (given) => {
    const args = ["test", endWithTask, ...await testFlags(), ...given];
    const test = new Deno.Command("deno", { args, cwd: root }).spawn();
    Deno.exit((await test.status).code);
  });
}
