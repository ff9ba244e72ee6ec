import { gunzipSync, gzipSync } from "node:zlib";
import { fromCSV } from "arquero";
import { writeBytes, writeText } from "../data/files.ts";
import type { TableRow } from "./rows.ts";
import { table } from "./table.ts";

/**
 * Writes rows to a CSV file, all or nothing. Numbers are written in full: they
 * read back as the same numbers, infinities and `NaN` too.
 *
 * @param path The file to write or replace; compressed by gzip if it ends in `.gz`.
 * @param rows The rows, all with the same columns.
 * @throws {TypeError} If a row has other columns than the first.
 *
 * @example
 * ```ts
 * import { readCsv, writeCsv } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = await Deno.makeTempDir();
 * const rows = [{ method: "adrpo", reward: 0.1 + 0.2, seed: 0 }];
 * await writeCsv(`${folder}/rows.csv`, rows);
 * assertEquals(await readCsv(`${folder}/rows.csv`), rows);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function writeCsv(
  path: string,
  rows: readonly TableRow[],
): Promise<void> {
  const text = table(rows).toCSV();
  if (!path.endsWith(".gz")) return await writeText(path, text);
  await writeBytes(path, gzipSync(text, { level: 9 }));
}

/**
 * Reads the rows of a CSV file. A column of numbers, or of `true` and `false`,
 * becomes that; an empty cell becomes `null`; all else, dates too, stays text. A
 * byte-order mark is dropped.
 *
 * @param path The file; of gzip if it ends in `.gz`.
 * @returns The rows.
 * @throws {RangeError} If the file is damaged, naming it.
 * @throws {Deno.errors.NotFound} If there is no such file.
 *
 * @example
 * ```ts
 * import { readCsv } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const path = await Deno.makeTempFile({ suffix: ".csv" });
 * await Deno.writeTextFile(path, "beta,diverged,note\n1e-3,false,\n");
 * assertEquals(await readCsv(path), [{ beta: 0.001, diverged: false, note: null }]);
 * await Deno.remove(path);
 * ```
 */
export async function readCsv(path: string): Promise<TableRow[]> {
  const bytes = await Deno.readFile(path);
  try {
    return rowsOf(path.endsWith(".gz") ? gunzipSync(bytes) : bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : cause;
    throw new RangeError(`Cannot read ${path}: ${reason}`, { cause });
  }
}

function rowsOf(bytes: Uint8Array): TableRow[] {
  const text = new TextDecoder().decode(bytes);
  if (text.trim() === "") return [];
  const cells = fromCSV(text, { autoType: false });
  const names = cells.columnNames();
  const parsers = names.map((name) =>
    parserOf(cells.array(name) as (string | null)[])
  );
  return (cells.objects() as Record<string, string | null>[]).map((row) =>
    Object.fromEntries(
      names.map((name, i) => [
        name,
        row[name] ? parsers[i](row[name]) : null,
      ]),
    )
  );
}

/** How to read the cells of a column, all of which must agree. */
function parserOf(
  cells: readonly (string | null)[],
): (cell: string) => TableRow[string] {
  const all = (fits: (cell: string) => boolean) =>
    cells.every((cell) => !cell || fits(cell));
  if (all((cell) => cell === "true" || cell === "false")) {
    return (cell) => cell === "true";
  }
  const isNumber = (cell: string) =>
    cell === "NaN" || (cell.trim() !== "" && !Number.isNaN(Number(cell)));
  return all(isNumber) ? Number : (cell) => cell;
}
