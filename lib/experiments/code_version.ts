import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";

const library = fileURLToPath(new URL("../", import.meta.url));
// What a run is made of; results and tasks only show it.
const layers = [
  "compile",
  "data",
  "experiments",
  "losses",
  "metrics",
  "models",
  "paths",
  "rewards",
  "samplers",
  "tf",
  "train",
];

/**
 * Fingerprints the code that decides the outcome of a run, so that a checkpoint of
 * other code is not taken for this one's.
 *
 * @returns A hash of the modules below the results layer.
 */
export async function codeVersion(): Promise<string> {
  const hash = createHash("sha256");
  for (const layer of layers) {
    const folder = `${library}${layer}`;
    const names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
    for (const name of names.filter((name) => name.endsWith(".ts")).sort()) {
      hash.update(name).update(await Deno.readFile(`${folder}/${name}`));
    }
  }
  return hash.digest("hex").slice(0, 16);
}

/** Fingerprints plain data. */
export function shortHash(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex")
    .slice(0, 16);
}
