// JSON has no NaN and no infinity, and the rows of a diverged member have both.
const nonFinite = "$number";

/**
 * Writes plain data as JSON whose numbers read back as the same numbers, `NaN` and
 * infinities too.
 *
 * @param value Plain data.
 * @param indent Spaces to indent by; all on one line when left out.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fromJson, toJson } from "./json.ts";
 *
 * assertEquals(fromJson(toJson([0.1, NaN, -Infinity])), [0.1, NaN, -Infinity]);
 * ```
 */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_, item) =>
      typeof item === "number" && !Number.isFinite(item)
        ? { [nonFinite]: String(item) }
        : item,
    indent,
  );
}

/**
 * Reads what {@linkcode toJson} wrote.
 *
 * @param text The JSON.
 * @throws {SyntaxError} If it is none.
 */
export function fromJson(text: string): unknown {
  return JSON.parse(
    text,
    (_, item) =>
      item !== null && typeof item === "object" && nonFinite in item
        ? Number(item[nonFinite])
        : item,
  );
}

/** Whether a value is an object, and no array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
