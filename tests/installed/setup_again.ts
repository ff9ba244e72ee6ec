/**
 * Set-up in a fresh checkout, over what a killed run left, twice at once, and
 * again. Run by the continuous integration; the user's cache makes it short.
 *
 * @module
 */

import { assert, assertEquals, assertLess } from "@std/assert";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../lib/data/files.ts";
import { runCommand } from "../../lib/setup/run_command.ts";

const addon =
  "node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node";

/** Every file that set-up makes and a later task relies on. */
async function installed(checkout: string) {
  const kernel = ".venv/share/jupyter/kernels/deno/kernel.json";
  const files = [addon, kernel, ".venv/complete.txt", "deno.lock"];
  const contents = files.map((file) => Deno.readFile(join(checkout, file)));
  const { mtime } = await Deno.stat(join(checkout, ".venv/bin/deno"));
  return { contents: await Promise.all(contents), mtime };
}

Deno.test("set-up is whole after a kill, may run twice at once, and again", async () => {
  const checkout = await Deno.makeTempDir();
  try {
    for (const part of ["deno.json", "deno.lock", "lib"]) {
      await cp(join(root, part), join(checkout, part), { recursive: true });
    }
    // A run killed while pip was at work leaves a .venv without its stamp.
    await Deno.mkdir(join(checkout, ".venv/bin"), { recursive: true });
    await Deno.writeTextFile(join(checkout, ".venv/bin/python"), "half");

    const setUp = () =>
      runCommand("deno", ["task", "setup"], { cwd: checkout });
    const start = performance.now();
    await Promise.all([setUp(), setUp()]);
    assertLess(performance.now() - start, 60_000, "a second clone's minute");

    const first = await installed(checkout);
    assert((await Deno.stat(join(checkout, ".venv/bin/deno"))).size > 1e6);
    await setUp();
    assertEquals(await installed(checkout), first);
    const lock = await Deno.readFile(join(root, "deno.lock"));
    assertEquals(
      first.contents[3],
      lock,
      "set-up must not touch the lock file",
    );
  } finally {
    await Deno.remove(checkout, { recursive: true });
  }
});
