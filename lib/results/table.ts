import { ColumnTable, from } from "arquero";
import { formatInterval, formatNumber } from "./format.ts";
import type { TableRow } from "./rows.ts";

/** Rows that are shown of a longer table, unless more are asked for. */
const shown = 12;

// Every arquero table, also one made by its verbs, then shows as HTML in Jupyter and
// prints as many rows as it is told.
Object.defineProperties(ColumnTable.prototype, {
  [Symbol.for("Jupyter.display")]: {
    configurable: true,
    value: function (this: ColumnTable): Record<string, string> {
      const { readable, note } = reading(this, shown);
      return {
        "text/html": readable.toHTML({ limit: Infinity }) +
          (note && `<p>${note}</p>`),
        "text/plain": [readable.toMarkdown({ limit: Infinity }), note].filter(
          Boolean,
        ).join("\n"),
      };
    },
  },
  print: {
    configurable: true,
    value: function (
      this: ColumnTable,
      options: number | { limit?: number } = {},
    ): ColumnTable {
      const { limit = shown } = typeof options === "number"
        ? { limit: options }
        : options;
      const { readable, note } = reading(this, limit);
      console.log(readable.toMarkdown({ limit: Infinity }));
      if (note) console.log(note);
      return this;
    },
  },
});

/** The first rows as a reader wants them, and a line on those that are left. */
function reading(
  whole: ColumnTable,
  limit: number,
): { readable: ColumnTable; note: string } {
  const rows = whole.objects({ limit }) as TableRow[];
  const left = whole.numRows() - rows.length;
  return {
    readable: from(rows.map(readableRow), readableNames(whole.columnNames())),
    note: left > 0
      ? `... and ${left} more rows: .print({ limit: ${whole.numRows()} }) shows all, .filter(...) picks some.`
      : "",
  };
}

/** The columns, where `m` stands for `m`, `mLow` and `mHigh`. */
function readableNames(names: readonly string[]): string[] {
  return names.filter((name) =>
    !/(Low|High)$/.test(name) ||
    !hasInterval(name.replace(/(Low|High)$/, ""), names)
  );
}

const hasInterval = (name: string, names: readonly string[]) =>
  [name, `${name}Low`, `${name}High`].every((each) => names.includes(each));

/** A row with each value and its interval in one cell, as text. */
function readableRow(row: TableRow): Record<string, string> {
  const names = Object.keys(row);
  return Object.fromEntries(
    readableNames(names).map((name) => [
      name,
      hasInterval(name, names) && typeof row[name] === "number"
        ? formatInterval({
          value: row[name],
          low: row[`${name}Low`] as number,
          high: row[`${name}High`] as number,
        })
        : typeof row[name] === "number"
        ? formatNumber(row[name])
        : String(row[name] ?? ""),
    ]),
  );
}

/**
 * Makes an arquero table of rows. In a notebook it shows as HTML, a dozen rows of it, a
 * metric `m` with its interval `mLow`, `mHigh` in one cell; `print({ limit: 30 })` prints
 * as many as it is told. Arquero's verbs (`filter`, `groupby`, `orderby`, `select` ...)
 * give tables that do so too; the values in it stay numbers.
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
