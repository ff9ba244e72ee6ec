import type { ColumnTable } from "arquero";
import { table } from "./table.ts";
import type { TableRow } from "./rows.ts";

/** Characters of a text that are shown. */
const longest = 120;

/** What says whose an answer is. */
const labels = ["task", "reference", "method", "iteration"];

/**
 * Makes a table of answers that are texts, such as completions with their rewards. A
 * line break shows as `\n`, and the middle of a long text as `…`.
 *
 * @param shown Rows of a run's `shown`, of one task and method.
 * @returns The table, without the task, the method and the iteration; none where no row
 * has a text beside them.
 *
 * @example
 * ```ts
 * import { sampleTable } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const shown = [{ task: "pets", method: "GRPO", iteration: 4, answer: "cat\n", reward: 1 }];
 * assertEquals(sampleTable(shown)?.objects(), [{ answer: "cat\\n", reward: 1 }]);
 * ```
 */
export function sampleTable(
  shown: readonly TableRow[],
): ColumnTable | undefined {
  const rows = shown.map((row) =>
    Object.fromEntries(
      Object.entries(row)
        .filter(([name]) => !labels.includes(name))
        .map(([name, value]) => [name, readable(value)]),
    )
  );
  const texts = rows.some((row) =>
    Object.values(row).some((value) => typeof value === "string")
  );
  return texts ? table(rows) : undefined;
}

function readable(value: TableRow[string]): TableRow[string] {
  if (typeof value !== "string") return value;
  const line = JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"');
  if (line.length <= longest) return line;
  const half = longest / 2;
  return `${line.slice(0, half)}…${line.slice(-half)}`;
}
