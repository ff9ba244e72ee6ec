/**
 * Runs a check on a copy of a model's folder with another `config.json`, for the time
 * of the check.
 *
 * @param folder The folder; folders within it are not copied.
 * @param changes Values of the config; `undefined` leaves one out.
 * @param check Is given the copy.
 */
export async function withConfig(
  folder: string,
  changes: Record<string, unknown>,
  check: (copy: string) => unknown,
): Promise<void> {
  const copy = await Deno.makeTempDir();
  try {
    for await (const entry of Deno.readDir(folder)) {
      if (!entry.isFile) continue;
      await Deno.copyFile(`${folder}/${entry.name}`, `${copy}/${entry.name}`);
    }
    const config = JSON.parse(await Deno.readTextFile(`${folder}/config.json`));
    const text = JSON.stringify({ ...config, ...changes });
    await Deno.writeTextFile(`${copy}/config.json`, text);
    await check(copy);
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
}
