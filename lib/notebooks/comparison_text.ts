import type { Comparison } from "../results/kept_experiments.ts";
import { formatInterval, formatNumber } from "../results/format.ts";

/**
 * Writes the kept verdicts beside those just measured, as lines for a
 * terminal.
 *
 * @param rows What was compared.
 * @returns The text, one line a claim and case, under its experiment's name.
 *
 * @example
 * ```ts
 * import { assertMatch } from "@std/assert";
 * import { comparisonText } from "./comparison_text.ts";
 *
 * const gain = { experiment: "collapse", claim: "It gains", case: "graded", kept: 0.8 };
 * const interval = { low: 0.7, high: 0.9, measured: 0.85, inside: true };
 * const text = comparisonText([
 *   { ...gain, ...interval, keptVerdict: "holds", measuredVerdict: "holds" },
 * ]);
 * assertMatch(text, /It gains \(graded\) .*0\.85 +inside; holds/);
 * ```
 */
export function comparisonText(rows: readonly Comparison[]): string {
  const lines = rows.map((row) => [
    row.case === "" ? row.claim : `${row.claim} (${row.case})`,
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
  const verdict = keptVerdict === null || keptVerdict === measuredVerdict
    ? measuredVerdict
    : `${keptVerdict} -> ${measuredVerdict}`;
  return where ? `${where}; ${verdict}` : verdict;
}
