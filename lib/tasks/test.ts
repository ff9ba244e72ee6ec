/**
 * `deno task test [ARGUMENTS]`: runs the tests. Arguments are handed to
 * `deno test`, after those of `deno.json`.
 *
 * @module
 */

import { root } from "../data/files.ts";
import { testFlags } from "../setup/test_flags.ts";

if (import.meta.main) {
  const args = ["test", ...await testFlags(), ...Deno.args];
  const test = new Deno.Command("deno", { args, cwd: root }).spawn();
  Deno.exit((await test.status).code);
}
