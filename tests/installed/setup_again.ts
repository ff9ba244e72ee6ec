/**
 * Set-up in a fresh checkout whose path has all that is odd in a URL: over what a
 * killed run left, twice at once, again, and after damage. Then tests and a notebook of
 * one's own run there. Run by the continuous integration; the user's cache makes it
 * short.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { root, writeText } from "../../lib/data/files.ts";
import { runCommand } from "../../lib/setup/run_command.ts";
import { oneCell } from "../notebooks/one_cell.ts";

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
  const folder = await Deno.makeTempDir();
  const checkout = join(folder, "C# 100%?");
  try {
    for (const part of ["deno.json", "deno.lock", "lib", "tests"]) {
      await cp(join(root, part), join(checkout, part), { recursive: true });
    }
    // A run killed while pip was at work leaves a .venv without its stamp.
    await Deno.mkdir(join(checkout, ".venv/bin"), { recursive: true });
    await Deno.writeTextFile(join(checkout, ".venv/bin/python"), "half");

    const setUp = () =>
      runCommand("deno", ["task", "setup"], { cwd: checkout });
    await Promise.all([setUp(), setUp()]);

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

    // The system's Python was upgraded: the link leads nowhere.
    await Deno.remove(join(checkout, ".venv/bin/python"));
    await Deno.symlink("/nowhere/python", join(checkout, ".venv/bin/python"));
    await Deno.truncate(join(checkout, addon), first.contents[0].length / 2);
    await setUp();
    assertEquals((await installed(checkout)).contents, first.contents);

    const task = (...args: string[]) =>
      runCommand("deno", ["task", ...args], {
        cwd: checkout,
        env: { INIT_CWD: checkout }, // That of the task that runs this test, else.
      });
    await task("test", "tests/tf");
    const own = join(checkout, "notebooks/own/mine.ipynb");
    await writeText(
      own,
      oneCell('import { tf } from "kit";\n`${tf.ones([2, 3]).size} pixels`'),
    );
    await task("reproduce", "--scale", "smoke", "notebooks/own/mine.ipynb");
    const page = join(checkout, "data/runs/smoke/notebooks/own/mine.html");
    assertStringIncludes(await Deno.readTextFile(page), "6 pixels");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
