import { writeText } from "../data/files.ts";

/** What became of a publication. */
export type Published =
  | "first"
  /** There before, with the same bytes. */
  | "same"
  /** There before, with others, which stay. */
  | "other";

/**
 * Publishes a text under a name that nobody has published under before: whole or not at
 * all, and of several writers, on several machines, only the first. A hard link decides
 * it, as that is atomic on a shared file system too.
 *
 * @param path The file.
 * @param text The whole content.
 * @returns What became of it.
 */
export async function publish(path: string, text: string): Promise<Published> {
  const own = `${path}.${crypto.randomUUID()}.own`;
  await writeText(own, text);
  try {
    await Deno.link(own, path);
    return "first";
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    return await Deno.readTextFile(path) === text ? "same" : "other";
  } finally {
    await Deno.remove(own).catch(() => {});
  }
}

/** Reads a text that may not have been published. */
export async function published(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
