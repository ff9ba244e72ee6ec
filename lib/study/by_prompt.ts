import { numberOf, type TableRow } from "../results/rows.ts";

/**
 * Rows of each prompt, from the columns `metric0`, `metric1`, ...: the share of right
 * answers to each. A prompt is solved where more than half of the answers are right; a
 * run that was lost solves none.
 *
 * @param rows Rows of runs.
 * @param metric How the columns' names begin.
 * @returns A row a run and prompt, with `prompt` and `solved`.
 * @throws {TypeError} If there is no such column.
 *
 * @example
 * ```ts
 * import { byPrompt } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = byPrompt([{ seed: 0, right0: 0.9, right1: 0.2 }], "right");
 * assertEquals(rows.map(({ prompt, solved }) => [prompt, solved]), [[0, true], [1, false]]);
 * ```
 */
export function byPrompt(
  rows: readonly TableRow[],
  metric: string,
): (TableRow & { solved: boolean })[] {
  const named = new RegExp(`^${metric}\\d+$`);
  const columns = Object.keys(rows[0] ?? {}).filter((name) => named.test(name));
  if (rows.length > 0 && columns.length === 0) {
    throw new TypeError(
      `Expected a column for each prompt, ${metric}0, ${metric}1, ..., got none`,
    );
  }
  return rows.flatMap((row) =>
    columns.map((column, prompt) => ({
      ...row,
      prompt,
      solved: row.alive !== false && numberOf(row, column) > 0.5,
    }))
  );
}
