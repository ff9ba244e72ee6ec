import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the checkout. It is found from this module's own place. */
export const root: string = fileURLToPath(new URL("../../", import.meta.url));

/**
 * The folder of what is kept in git: pretrained models, kept results and
 * figures. It is found from this module's own place, so that a notebook, a task
 * and a test started anywhere agree on it.
 */
export const dataDir: string = join(root, "data");

/**
 * Returns the folder that a run of a scale writes under; git ignores it, and
 * JupyterLab's file browser shows it.
 *
 * @param scale The scale's name, such as `"smoke"`: lower-case letters only.
 * @returns The path of `data/runs/<scale>`; the folder may not exist yet.
 * @throws {RangeError} If the name could leave the folder of the runs.
 *
 * @example
 * ```ts
 * import { runsDir } from "kit";
 * import { assertMatch } from "@std/assert";
 *
 * assertMatch(runsDir("smoke"), /data.runs.smoke$/);
 * ```
 */
export function runsDir(scale: string): string {
  if (!/^[a-z]+$/.test(scale)) {
    throw new RangeError(
      `Cannot name a folder of runs: expected scale of lower-case letters, got "${scale}"`,
    );
  }
  return join(dataDir, "runs", scale);
}

/**
 * Writes bytes to a file, all or nothing: into a new file of the same folder,
 * flushed to the disk, then renamed over the old one. A reader, or a run that is
 * killed half-way, sees the old content or the new, never a part. Missing
 * folders are made.
 *
 * @param path The file to write or replace.
 * @param bytes The whole content.
 *
 * @example
 * ```ts
 * import { writeBytes } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = await Deno.makeTempDir();
 * await writeBytes(`${folder}/new/file.bin`, new Uint8Array([1, 2]));
 * assertEquals(await Deno.readFile(`${folder}/new/file.bin`), new Uint8Array([1, 2]));
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export function writeBytes(path: string, bytes: Uint8Array): Promise<void> {
  return writeChunks(path, [bytes]);
}

/**
 * Writes the chunks of a file one after the other, all or nothing, as
 * {@linkcode writeBytes} does, so that the whole is never in memory.
 *
 * @param path The file to write or replace.
 * @param chunks What it consists of.
 */
export async function writeChunks(
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    using file = await Deno.open(temporary, { write: true, createNew: true });
    for await (const bytes of chunks) {
      for (let done = 0; done < bytes.length;) {
        done += await file.write(bytes.subarray(done));
      }
    }
    await file.sync();
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
}

/**
 * Writes text (UTF-8) to a file, all or nothing, as {@linkcode writeBytes} does.
 *
 * @param path The file to write or replace.
 * @param text The whole content.
 *
 * @example
 * ```ts
 * import { writeText } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = await Deno.makeTempDir();
 * await writeText(`${folder}/rows.json`, "[]");
 * assertEquals(await Deno.readTextFile(`${folder}/rows.json`), "[]");
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export function writeText(path: string, text: string): Promise<void> {
  return writeBytes(path, new TextEncoder().encode(text));
}

/**
 * What is read of a file or folder that may not be there.
 *
 * @param reading What reads it.
 * @returns What it gives, or `undefined` where there is no such file or folder.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { ifThere } from "./files.ts";
 *
 * assertEquals(await ifThere(Deno.stat("nowhere")), undefined);
 * ```
 */
export async function ifThere<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
