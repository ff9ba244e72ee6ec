import { statfs } from "node:fs/promises";

/**
 * Checks that what is about to be written fits on the disk.
 *
 * @param folder A folder on it.
 * @param bytes What will be written.
 * @throws {Error} If less is free, saying how much.
 */
export async function assertRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= bytes) return;
  const [needed, left] = [bytes, free].map((size) => (size / 1e6).toFixed(0));
  throw new Error(`expected ${needed} MB free on the disk, got ${left} MB`);
}
