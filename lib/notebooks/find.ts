import { basename, isAbsolute, join, relative, resolve } from "node:path";
import { root } from "../data/files.ts";
import { entries } from "../results/folders.ts";

/**
 * Lists the notebooks of the kit in order.
 *
 * @returns Their names, without `.ipynb`.
 */
export async function notebookNames(): Promise<string[]> {
  const files = await entries(join(root, "notebooks"));
  return files.map(({ name }) => name)
    .filter((name) => name.endsWith(".ipynb"))
    .map((name) => basename(name, ".ipynb"))
    .sort();
}

/**
 * Finds the notebook that a command line means.
 *
 * @param named The name of one of the kit's notebooks, with `.ipynb` or without, or
 * the path of a notebook of one's own, from the folder that the task was called in.
 * @param all The names of the kit's notebooks.
 * @returns Its path, from the folder of the checkout.
 * @throws {RangeError} If there is none, or it lies outside of the checkout, where it
 * does not find the kit.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { notebookPath } from "./find.ts";
 *
 * const path = notebookPath("00_start_here", ["00_start_here"]);
 * assertEquals(path, "notebooks/00_start_here.ipynb");
 * ```
 */
export function notebookPath(named: string, all: readonly string[]): string {
  const name = basename(named, ".ipynb");
  if (all.includes(name) && named.startsWith(name)) {
    return `notebooks/${name}.ipynb`;
  }
  const path = resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), named);
  const inside = relative(root, path);
  if (inside.startsWith("..") || isAbsolute(inside)) {
    throw new RangeError(
      `${path} lies outside of the checkout, where a notebook does not find "kit": ` +
        `put it under ${join(root, "notebooks")}`,
    );
  }
  if (!path.endsWith(".ipynb") || !isFile(path)) {
    throw new RangeError(
      `There is no notebook "${named}", only ${all.join(", ")}; ` +
        "one of your own is named by its path, with .ipynb",
    );
  }
  return inside;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
