/**
 * Lists what is in a folder, but for hidden entries, which are still being
 * written.
 *
 * @param folder The folder; a missing one is empty.
 * @returns The entries by name.
 */
export async function entries(folder: string): Promise<Deno.DirEntry[]> {
  try {
    const all = await Array.fromAsync(Deno.readDir(folder));
    return all.filter(({ name }) => !name.startsWith("."))
      .sort((a, b) => a.name < b.name ? -1 : 1);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** The names of the folders in a folder. */
export async function folderNames(folder: string): Promise<string[]> {
  return (await entries(folder)).filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => name);
}
