import { createRequire } from "node:module";

const { resolve } = createRequire(import.meta.url);

/**
 * Finds a file of an npm package that is read and not imported.
 *
 * @param path The package's name, and the path inside it if not its main file.
 * @returns The file's path.
 */
export function packageFile(path: string): string {
  return resolve(path);
}
