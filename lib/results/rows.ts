/** One line of a table: a flat record of plain values. */
export type TableRow = Readonly<
  Record<string, string | number | boolean | null>
>;

/**
 * The rows whose columns have these values.
 *
 * @param rows The rows.
 * @param values The value that each of these columns must have; a list is any of it.
 * @returns The same rows, in their order.
 * @throws {TypeError} If no row has a column of that name.
 *
 * @example
 * ```ts
 * import { where } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [{ task: "a", seed: 0 }, { task: "b", seed: 0 }];
 * assertEquals(where(rows, { task: "b" }), [rows[1]]);
 * ```
 */
export function where<T extends TableRow>(
  rows: readonly T[],
  values: Readonly<Record<string, TableRow[string] | readonly unknown[]>>,
): T[] {
  const wanted = Object.entries(values);
  for (const [column] of wanted) {
    if (rows.length > 0 && !rows.some((row) => column in row)) {
      const names = columnNames(rows);
      throw new TypeError(
        `Expected a column of ${names.join(", ")}, got "${column}"${
          meant(column, names)
        }`,
      );
    }
  }
  return rows.filter((row) =>
    wanted.every(([column, value]) =>
      Array.isArray(value) ? value.includes(row[column]) : row[column] === value
    )
  );
}

/**
 * The distinct values of a column, in the order of appearance.
 *
 * @example
 * ```ts
 * import { distinct } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [{ seed: 1 }, { seed: 0 }, { seed: 1 }];
 * assertEquals(distinct<number>(rows, "seed"), [1, 0]);
 * ```
 */
export function distinct<T extends TableRow[string]>(
  rows: readonly TableRow[],
  column: string,
): T[] {
  return [...new Set(rows.map((row) => row[column] as T))];
}

/**
 * The rows of the last evaluation of each run: those of the largest `iteration`.
 *
 * @example
 * ```ts
 * import { atEnd } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [0, 5, 9].map((iteration) => ({ seed: 0, iteration }));
 * assertEquals(atEnd(rows), [{ seed: 0, iteration: 9 }]);
 * ```
 */
export function atEnd<T extends TableRow>(rows: readonly T[]): T[] {
  const runOf = ({ task, method, coefficient, seed }: T) =>
    JSON.stringify([task, method, coefficient, seed]);
  const ends = new Map<string, number>();
  for (const row of rows) {
    const iteration = row.iteration as number;
    ends.set(runOf(row), Math.max(iteration, ends.get(runOf(row)) ?? 0));
  }
  return rows.filter((row) => row.iteration === ends.get(runOf(row)));
}

/**
 * The rows before training: those of iteration 0.
 *
 * @example
 * ```ts
 * import { atStart } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [0, 5, 9].map((iteration) => ({ seed: 0, iteration }));
 * assertEquals(atStart(rows), [{ seed: 0, iteration: 0 }]);
 * ```
 */
export function atStart<T extends TableRow>(rows: readonly T[]): T[] {
  return where(rows, { iteration: 0 });
}

/** The names of the columns, less those of histograms, of which there are many. */
export function columnNames([row = {}]: readonly TableRow[]): string[] {
  return Object.keys(row).filter((name) => !/^bin\d+$/.test(name));
}

/** The question whether a near name was meant by one that is none; `""` of none near. */
export function meant(name: string, names: readonly string[]): string {
  const [nearest] = names
    .map((other) => ({ other, edits: editsBetween(name, other) }))
    .toSorted((a, b) => a.edits - b.edits);
  return nearest?.edits <= name.length / 2
    ? `; did you mean ${nearest.other}?`
    : "";
}

/** The least number of letters to add, drop or change, in any case of the letters. */
function editsBetween(from: string, to: string): number {
  const [a, b] = [from.toLowerCase(), to.toLowerCase()];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = row[j - 1] + Number(a[i - 1] !== b[j - 1]);
      next.push(Math.min(changed, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[b.length];
}

/** A column of numbers. */
export function column(rows: readonly TableRow[], name: string): number[] {
  return rows.map((row) => numberOf(row, name));
}

/** A number of a row. */
export function numberOf(row: TableRow, name: string): number {
  const value = row[name];
  if (typeof value !== "number") {
    throw new TypeError(`Expected a number in column ${name}, got ${value}`);
  }
  return value;
}

/**
 * The mean of numbers.
 *
 * @param values At least one number.
 * @returns Their mean; `NaN` of none.
 */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
