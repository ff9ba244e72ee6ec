import { dirname } from "node:path";
import { ifThere } from "../data/files.ts";

/**
 * Lists what is in a folder, but for hidden entries, which are still being
 * written.
 *
 * @param folder The folder; a missing one is empty.
 * @returns The entries by name.
 */
export async function entries(folder: string): Promise<Deno.DirEntry[]> {
  const all = await ifThere(Array.fromAsync(Deno.readDir(folder))) ?? [];
  return all.filter(({ name }) => !name.startsWith("."))
    .sort((a, b) => a.name < b.name ? -1 : 1);
}

/** The names of the folders in a folder. */
export async function folderNames(folder: string): Promise<string[]> {
  return (await entries(folder)).filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => name);
}

/**
 * Puts a finished folder in the place of another, which is removed; a reader sees
 * the old one, for an instant none, then the new one, but never a mixture.
 *
 * @param finished The folder to move; on the same file system as `place`.
 * @param place Where it goes; the folder there, if any, is removed.
 */
export async function replaceFolder(
  finished: string,
  place: string,
): Promise<void> {
  const old = `${finished}.old`;
  await Deno.mkdir(dirname(place), { recursive: true });
  try {
    await Deno.rename(place, old);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    await Deno.rename(finished, place);
    return;
  }
  await Deno.rename(finished, place);
  await Deno.remove(old, { recursive: true });
}

/** Refuses a name that could not be a file's, or would leave its folder. */
export function assertName(what: string, name: string): void {
  if (!/^[a-z0-9_]+$/.test(name)) {
    throw new RangeError(
      `Cannot name the ${what}: expected lower-case letters, digits and _, got "${name}"`,
    );
  }
}
