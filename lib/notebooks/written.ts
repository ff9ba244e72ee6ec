import { join } from "node:path";
import { entries } from "../results/folders.ts";

/** What lies in the folder of a run, and when it was written, in milliseconds. */
export type Written = ReadonlyMap<string, number>;

/**
 * Lists the experiments and figures in the folder of a run.
 *
 * @param runs The folder.
 * @returns Their paths in it, such as `"results/adrpo"`.
 */
export async function written(runs: string): Promise<Written> {
  const found = new Map<string, number>();
  for (const kind of ["results", "figures"]) {
    for (const { name } of await entries(join(runs, kind))) {
      const { mtime } = await Deno.stat(join(runs, kind, name));
      found.set(`${kind}/${name}`, mtime!.getTime());
    }
  }
  return found;
}

/**
 * Finds what was written between two listings.
 *
 * @param before The earlier one.
 * @param after The later one.
 * @returns The paths that are new, or were written anew.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { writtenSince } from "./written.ts";
 *
 * const before = new Map([["results/old", 1], ["results/again", 1]]);
 * const after = new Map([...before, ["results/again", 2], ["results/new", 2]]);
 * assertEquals(writtenSince(before, after), ["results/again", "results/new"]);
 * ```
 */
export function writtenSince(before: Written, after: Written): string[] {
  return [...after].flatMap(([path, time]) =>
    before.get(path) === time ? [] : [path]
  );
}
