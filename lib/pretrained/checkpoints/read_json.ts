import { isRecord } from "../../data/safetensors_header.ts";

/**
 * Reads a file of a JSON object.
 *
 * @param path The file.
 * @returns The object.
 * @throws {RangeError} If it holds anything else, naming it.
 * @throws {Deno.errors.NotFound} If there is no such file.
 */
export async function readJson(path: string): Promise<Record<string, unknown>> {
  // Python writes what JSON has no word for.
  const text = (await Deno.readTextFile(path))
    .replace(/(":\s*)(?:-?Infinity|NaN)\b/g, "$1null");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new RangeError(`Cannot read ${path}: expected JSON`, { cause });
  }
  if (!isRecord(value)) {
    throw new RangeError(`Cannot read ${path}: expected an object of JSON`);
  }
  return value;
}
