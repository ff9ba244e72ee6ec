/**
 * Replaces what stands between `<!-- NAME -->` and `<!-- /NAME -->`.
 *
 * @param text The document.
 * @param name The marker's name.
 * @param content The new content.
 * @returns The document with the new content.
 * @throws {RangeError} If the document does not have the markers.
 *
 * @example
 * ```ts
 * import { fillIn } from "./markdown.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   fillIn("<!-- a -->\nold\n<!-- /a -->", "a", "new"),
 *   "<!-- a -->\n\nnew\n\n<!-- /a -->",
 * );
 * ```
 */
export function fillIn(text: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [start, end] = [text.indexOf(open), text.indexOf(close)];
  if (start < 0 || end < start) {
    throw new RangeError(`Expected ${open} ... ${close} in the document`);
  }
  const before = text.slice(0, start + open.length);
  return `${before}\n\n${content}\n\n${text.slice(end)}`;
}

/**
 * A table in Markdown.
 *
 * @param header The names of its columns.
 * @param rows The cells, row by row.
 * @returns The table.
 */
export function markdown(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    line(header),
    `|${header.map(() => "---").join("|")}|`,
    ...rows.map(line),
  ].join("\n");
}

/** Keeps the formatter from padding a table, which would differ from a new one. */
export const unformatted = (text: string) =>
  `<!-- deno-fmt-ignore-start -->\n\n${text}\n\n<!-- deno-fmt-ignore-end -->`;
