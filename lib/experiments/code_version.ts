import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { dataDir } from "../data/files.ts";
import { backend } from "../tf/backend.ts";

const library = fileURLToPath(new URL("../", import.meta.url));
// What a run is made of; results and tasks only show it.
const layers = [
  "compile",
  "data",
  "experiments",
  "losses",
  "methods",
  "metrics",
  "models",
  "paths",
  "policies",
  "pretrained",
  "rewards",
  "samplers",
  "tf",
  "tracks",
  "train",
];

/**
 * Fingerprints what decides the outcome of a run beside its configuration, so that a
 * checkpoint of other code, of other pretrained models or of another backend is not
 * taken for this one's.
 *
 * @returns A hash of the modules below the results layer, the kept models and the
 * name of the backend.
 */
export async function codeVersion(): Promise<string> {
  const hash = createHash("sha256").update(backend.name);
  const folders = layers.map((layer) => `${library}${layer}`);
  for (const folder of [...folders, join(dataDir, "models")]) {
    for (const path of codeFiles(folder)) {
      hash.update(path).update(await Deno.readFile(join(folder, path)));
    }
  }
  return hash.digest("hex").slice(0, 16);
}

/** The modules and weights in a folder and in those within it, by their paths in there. */
export function codeFiles(folder: string): string[] {
  const entries = Array.from(Deno.readDirSync(folder));
  return entries.flatMap(({ name, isDirectory }) => {
    if (!isDirectory) return /\.(ts|safetensors)$/.test(name) ? [name] : [];
    return codeFiles(join(folder, name)).map((path) => join(name, path));
  }).sort();
}

/** Fingerprints plain data. */
export function shortHash(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex")
    .slice(0, 16);
}
