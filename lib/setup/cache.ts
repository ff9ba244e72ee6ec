import { dirname, join } from "node:path";

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
 * when it is whole. Call it under a lock; what killed runs left is removed.
 *
 * @param folder The folder to have.
 * @param build Fills the temporary folder it is given.
 */
export async function buildOnce(
  folder: string,
  build: (temporary: string) => Promise<void>,
): Promise<void> {
  if (await exists(folder)) return;
  const temporary = `${folder}.partial`;
  if (await exists(temporary)) {
    await Deno.remove(temporary, { recursive: true });
  }
  await Deno.mkdir(temporary, { recursive: true });
  await build(temporary);
  await Deno.rename(temporary, folder);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
