import { ColumnTable, from } from "arquero";
import { formatNumber } from "./format.ts";
import type { TableRow } from "./table_row.ts";

/** Rows that a notebook shows of a long table. */
const shown = 100;

// Every arquero table, also one made by its verbs, then shows as HTML in Jupyter.
Object.defineProperty(ColumnTable.prototype, Symbol.for("Jupyter.display"), {
  configurable: true,
  value: function (this: ColumnTable): Record<string, string> {
    const left = this.numRows() - shown;
    const note = left > 0 ? `<p>... and ${left} more rows</p>` : "";
    return {
      "text/html": tableHtml(this) + note,
      "text/plain": this.toMarkdown({ limit: shown }),
    };
  },
});

/**
 * Makes an arquero table of rows. In a notebook it shows as HTML; arquero's verbs
 * (`filter`, `groupby`, `orderby`, `select` ...) give tables that do so too.
 *
 * @param rows The rows; all have the columns of the first, in its order.
 * @returns The table.
 * @throws {TypeError} If a row has other columns than the first.
 *
 * @example
 * ```ts
 * import { table } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const runs = table([{ beta: 1, reward: 0.5 }, { beta: 2, reward: 0.25 }]);
 * assertEquals(runs.orderby("reward").array("beta"), [2, 1]);
 * ```
 */
export function table(rows: readonly TableRow[]): ColumnTable {
  assertSameColumns(rows);
  return from([...rows]);
}

function assertSameColumns(rows: readonly TableRow[]): void {
  if (rows.length === 0) return;
  const columns = Object.keys(rows[0]).toSorted().join(", ");
  rows.forEach((row, i) => {
    const own = Object.keys(row).toSorted().join(", ");
    if (own !== columns) {
      throw new TypeError(
        `Cannot make a table: expected columns ${columns} in row ${i}, got ${own}`,
      );
    }
  });
}

function tableHtml(shownTable: ColumnTable): string {
  const cell = (value: unknown) =>
    typeof value === "number" ? formatNumber(value) : String(value ?? "");
  const format = Object.fromEntries(
    shownTable.columnNames().map((name) => [name, cell]),
  );
  return shownTable.toHTML({ limit: shown, format, null: () => "" });
}
