import { isRecord } from "./json.ts";

/**
 * Reads a file of a JSON object.
 *
 * @param path The file.
 * @returns The object.
 * @throws {RangeError} If it holds anything else, naming it.
 * @throws {Deno.errors.NotFound} If there is no such file.
 */
export async function readJson(path: string): Promise<Record<string, unknown>> {
  return parseJson(await Deno.readTextFile(path), path);
}

/**
 * Reads a JSON object.
 *
 * @param text The JSON; infinities and NaN, which Python writes, become `null`.
 * @param where Where it was found, for messages.
 * @returns The object.
 * @throws {RangeError} If it is anything else.
 */
export function parseJson(
  text: string,
  where: string,
): Record<string, unknown> {
  const value = parse(text, where);
  if (!isRecord(value)) {
    throw new RangeError(`Cannot read ${where}: expected an object of JSON`);
  }
  return value;
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // What JSON has no word for.
    const plain = text.replace(/(":\s*)(?:-?Infinity|NaN)\b/g, "$1null");
    if (plain !== text) return parse(plain, where);
    throw new RangeError(`Cannot read ${where}: expected JSON`, { cause });
  }
}
