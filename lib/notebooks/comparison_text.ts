import type { Comparison } from "../results/compare_headlines.ts";
import { formatInterval, formatNumber } from "../results/format.ts";

/**
 * Writes the kept numbers and verdicts beside those just measured, as lines for a
 * terminal.
 *
 * @param rows What was compared.
 * @returns The text, one line a number or claim, under its experiment's name.
 *
 * @example
 * ```ts
 * import { assertMatch } from "@std/assert";
 * import { comparisonText } from "./comparison_text.ts";
 *
 * const reward = { experiment: "collapse", name: "final reward", kept: 0.8 };
 * const interval = { low: 0.7, high: 0.9, measured: 0.85, inside: true };
 * const verdicts = { keptVerdict: null, measuredVerdict: null };
 * const text = comparisonText([{ ...reward, ...interval, ...verdicts }]);
 * assertMatch(text, /0\.85 +inside/);
 * ```
 */
export function comparisonText(rows: readonly Comparison[]): string {
  const lines = rows.map((row) => [
    row.name,
    kept(row),
    formatNumber(row.measured),
    outcome(row),
  ]);
  const header = ["", "kept [95% interval]", "measured", ""];
  const widths = header.map((_, column) =>
    Math.max(...[header, ...lines].map((cells) => cells[column].length))
  );
  const aligned = [header, ...lines].map((cells) =>
    cells.map((cell, column) => cell.padEnd(widths[column])).join("  ")
      .trimEnd()
  );
  const [head, ...body] = aligned;
  return [
    `  ${head}`,
    ...body.flatMap((line, i) =>
      rows[i].experiment === rows[i - 1]?.experiment
        ? [`  ${line}`]
        : [rows[i].experiment, `  ${line}`]
    ),
  ].join("\n");
}

function kept({ kept: value, low, high }: Comparison): string {
  return value === null || low === null || high === null
    ? "nothing kept"
    : formatInterval({ value, low, high });
}

function outcome(
  { inside, keptVerdict, measuredVerdict }: Comparison,
): string {
  const where = inside === null ? "" : inside ? "inside" : "OUTSIDE";
  if (measuredVerdict === null) return where;
  const verdict = keptVerdict === null || keptVerdict === measuredVerdict
    ? measuredVerdict
    : `${keptVerdict} -> ${measuredVerdict}`;
  return where ? `${where}; ${verdict}` : verdict;
}
