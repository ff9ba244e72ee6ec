import { join } from "node:path";
import { ifThere, writeText } from "../data/files.ts";
import { entries } from "../results/folders.ts";

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
  try {
    await writeText(own, text);
    await Deno.link(own, path);
    return "first";
  } catch (error) {
    // Taken, or our part was removed since it was.
    const there = await published(path);
    if (there === undefined) throw error;
    return there === text ? "same" : "other";
  } finally {
    await Deno.remove(own).catch(() => {});
  }
}

/** A part of a text: what is whole, or was being written. */
const part = /^(.+?)\.[\da-f-]{36}\.own(\.[\da-f-]{36}\.tmp)?$/;

/**
 * Removes what killed writers left: parts of texts that have been published since. No
 * writer has to be known to be dead, and no clock is asked: one who is still at a part
 * finds it gone, and compares with what was published, as it would have anyway. Parts
 * of what nobody has published stay.
 *
 * @param folder The folder that texts are published in.
 */
export async function removeParts(folder: string): Promise<void> {
  const names = (await entries(folder)).map(({ name }) => name);
  await Promise.all(
    names.filter((name) => names.includes(part.exec(name)?.[1] ?? ""))
      .map((name) => Deno.remove(join(folder, name)).catch(() => {})),
  );
}

/** Reads a text that may not have been published. */
export function published(path: string): Promise<string | undefined> {
  return ifThere(Deno.readTextFile(path));
}
