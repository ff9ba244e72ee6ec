import { dirname, join } from "node:path";
import { writeBytes } from "../data/files.ts";

/**
 * The folder of what set-up downloads and builds: one a user, so that a second
 * clone finds it there.
 *
 * @returns Its path, under `XDG_CACHE_HOME` or else the platform's cache folder.
 * @throws {Error} If neither `XDG_CACHE_HOME` nor `HOME` is set.
 */
export function cacheDir(): string {
  const home = Deno.env.get("HOME");
  const base = Deno.env.get("XDG_CACHE_HOME") ||
    (home &&
      join(home, Deno.build.os === "darwin" ? "Library/Caches" : ".cache"));
  if (!base) throw new Error("Neither XDG_CACHE_HOME nor HOME is set");
  return join(base, "reward-diversity-kit");
}

/**
 * Runs an action while no other process holds the lock. The system frees it
 * when its holder dies, so a killed run leaves nothing to clean up.
 *
 * @param path The lock's file; made, with its folder, if it is missing. Where nothing
 * can be written there is nothing to guard.
 * @param other Who else holds it, to say that it is waited for.
 * @param action What to run.
 * @returns What the action returns.
 */
export async function withLock<T>(
  path: string,
  other: string,
  action: () => Promise<T>,
): Promise<T> {
  using file = await openLock(path);
  if (file && !await file.tryLock(true)) {
    console.error(`Waiting for ${other} to finish ...`);
    await file.lock(true);
  }
  return await action();
}

async function openLock(path: string): Promise<Deno.FsFile | undefined> {
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
    return await Deno.open(path, { create: true, write: true });
  } catch {
    return undefined;
  }
}

/**
 * Builds a folder once, all or nothing: in a temporary folder beside it, renamed
 * when it is whole. One that was damaged since is built anew. Call it under a lock;
 * what killed runs left is removed.
 *
 * @param folder The folder to have.
 * @param build Fills the temporary folder it is given.
 * @returns Whether it was built now.
 */
export async function buildOnce(
  folder: string,
  build: (temporary: string) => Promise<void>,
): Promise<boolean> {
  const recorded = join(folder, contentsFile);
  const wanted = await Deno.readTextFile(recorded).catch(() => undefined);
  if (wanted !== undefined && wanted === await contentsOf(folder)) return false;
  const temporary = `${folder}.partial`;
  await removeIfThere(temporary);
  await Deno.mkdir(temporary, { recursive: true });
  await build(temporary);
  await Deno.writeTextFile(
    join(temporary, contentsFile),
    await contentsOf(temporary),
  );
  await removeIfThere(folder);
  await Deno.rename(temporary, folder);
  return true;
}

/** Written into a folder when it is whole: what was in it then. */
export const contentsFile = "contents.txt";

/** Files up to this size, in bytes, are known by their hash, others by their size. */
const smallFile = 2 ** 20;

/** Describes the files in a folder, one a line; reads the small ones only. */
async function contentsOf(folder: string, prefix = ""): Promise<string> {
  const lines: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) {
      lines.push(await contentsOf(path, `${prefix}${name}/`));
    } else if (prefix + name !== contentsFile) {
      const { size } = await Deno.stat(path);
      const hash = size > smallFile ? "" : await sha256(path);
      lines.push(`${prefix}${name} ${size} ${hash}`);
    }
  }
  return lines.sort().join("\n");
}

async function sha256(path: string): Promise<string> {
  const bytes = await Deno.readFile(path);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/**
 * Writes a file, unless it is there with this content: so that what is installed may
 * lie where nothing can be written.
 *
 * @param path The file.
 * @param bytes The whole content.
 */
export async function writeOnce(
  path: string,
  bytes: Uint8Array,
): Promise<void> {
  const there = await Deno.readFile(path).catch(() => undefined);
  if (there && equals(there, bytes)) return;
  await writeBytes(path, bytes);
}

function equals(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
