import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { root, runsDir, writeText } from "../data/files.ts";
import { runCommand } from "./run_command.ts";

/** Ends a program of Deno when the task that runs it ends: a flag of Deno. */
export const endWithTask = `--preload=${
  fileURLToPath(new URL("end_with_parent.ts", import.meta.url))
}`;

/** The same code as `jsr:@std/assert`, published again on npm without types. */
export const republished = "npm:deno-std@1.4.0/assert/mod.js";

/**
 * Returns the flags with which Deno finds the assertions that the tests import:
 * from JSR, as `deno.json` says, or where JSR is out of reach from npm. Either way
 * a copy of the lock file is used, so that the committed one stays as it is.
 *
 * @returns Flags for `deno test` and `deno check`.
 */
export async function testFlags(): Promise<string[]> {
  const folder = runsDir("test");
  const lock = join(folder, "deno.lock");
  await writeText(lock, await Deno.readTextFile(join(root, "deno.lock")));
  const config = await Deno.readTextFile(join(root, "deno.json"));
  const { imports } = JSON.parse(config);
  const assertions = imports["@std/assert"];
  if (await loads(assertions)) {
    console.error(`assertions: ${assertions}`);
    return [`--lock=${lock}`];
  }
  console.error(`assertions: ${republished}, as JSR is out of reach`);
  const map = join(folder, "import_map.json");
  await writeText(
    map,
    JSON.stringify({ imports: withNpm(imports, root) }, null, 2),
  );
  return [`--lock=${lock}`, `--import-map=${map}`];
}

/**
 * Swaps the one entry of an import map that needs JSR for npm's.
 *
 * @param imports The `imports` of `deno.json`.
 * @param folder The folder of `deno.json`, which the imports are relative to.
 * @returns The imports of a map that lies elsewhere.
 *
 * @example
 * ```ts
 * import { assertMatch } from "@std/assert";
 * import { withNpm } from "./test_flags.ts";
 *
 * const imports = withNpm({ "@std/assert": "jsr:@std/assert@1" }, "/kit");
 * assertMatch(imports["@std/assert"], /^npm:/);
 * ```
 */
export function withNpm(
  imports: Record<string, string>,
  folder: string,
): Record<string, string> {
  const entries = Object.entries({ ...imports, "@std/assert": republished });
  return Object.fromEntries(
    entries.map((
      [name, target],
    ) => [
      name,
      target.startsWith("./")
        ? pathToFileURL(join(folder, target)).href
        : target,
    ]),
  );
}

async function loads(specifier: string): Promise<boolean> {
  return await runCommand("deno", [
    ...["eval", "--no-lock", "--node-modules-dir=none"],
    `import ${JSON.stringify(specifier)};`,
  ], { seconds: 20 }).then(() => true, () => false);
}
