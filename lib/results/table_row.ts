/** One line of a table: a flat record of plain values. */
export type TableRow = Readonly<
  Record<string, string | number | boolean | null>
>;
