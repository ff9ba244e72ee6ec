import { formatInterval, formatNumber } from "../results/format.ts";
import { type BenchResult } from "./run_benchmarks.ts";

/** A benchmark's result for a terminal. */
export function benchText(
  { benchmark, times, targets, failures }: BenchResult,
): string {
  const timeLines = times.map((row) => [
    row.contender,
    formatNumber(row.ms),
    formatInterval({
      value: row.ratio,
      low: row.ratioLow,
      high: row.ratioHigh,
    }),
    row.firstCallSeconds.toFixed(2),
    row.megabytes.toFixed(0),
    row.difference === null ? "" : row.difference.toExponential(0),
  ]);
  const header = ["", "ms", "ours / it", "first call, s", "MB", "difference"];
  const targetLines = targets.map((row) => [
    `${row.ours} / ${row.against}`,
    formatInterval({ value: row.measured, low: row.low, high: row.high }),
    `at most ${row.most}`,
    row.verdict,
  ]);
  return [
    benchmark,
    ...aligned([header, ...timeLines]),
    ...aligned(targetLines),
    ...failures.map(({ name, reason }) => `  ${name}: not measured, ${reason}`),
  ].join("\n");
}

function aligned(lines: readonly (readonly string[])[]): string[] {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((cells) => cells[column].length))
  );
  return lines.map((cells) =>
    "  " +
    cells.map((cell, i) => cell.padEnd(widths[i])).join("  ").trimEnd()
  );
}
