import { dirname } from "node:path";

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
