import { separator, type VerdictRow } from "./claims.ts";
import { distinct, type TableRow } from "./rows.ts";
import type { Verdict } from "./rules.ts";

/**
 * The short table of verdicts: what was claimed, where, what came out, and what that
 * says. The rows themselves have the rest: what each quotes, its statistic and rule.
 *
 * @param verdicts The judged claims.
 * @returns Rows to show with `table`; a value that is none has its reason in its place:
 * fronts without common rewards, or that every seed diverged. Where claims were judged in
 * families, `p` is the adjusted p-value of each.
 */
export function shortVerdicts(verdicts: readonly VerdictRow[]): TableRow[] {
  const adjusted = verdicts.some(({ p }) => Number.isFinite(p));
  return verdicts.map((
    { claim, case: where, value, low, high, n, p = NaN, verdict },
  ) => ({
    ...{ claim, case: where },
    value: Number.isNaN(value)
      ? (n > 0 ? "no common rewards" : "diverged")
      : value,
    ...{
      valueLow: low,
      valueHigh: high,
      seeds: n,
      ...adjusted && { p },
      verdict,
    },
  }));
}

/** How a verdict is marked in tables. */
export const marks: Record<Verdict, string> = {
  holds: "✓",
  "does not hold": "✗",
  "no difference": "≈",
  "undecided here": "?",
};

/**
 * Sums verdicts up as a table in Markdown: a row a claim and what else its case has,
 * a column a task; ✓ holds, ✗ does not hold, ≈ no difference beyond the margin, ? undecided
 * here.
 *
 * @param verdicts The judged claims.
 * @returns The table.
 *
 * @example
 * ```ts
 * import { verdictMatrix, type VerdictRow } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const judged = { quotes: "", statistic: "", value: 1, low: 0.5, high: 2, n: 5, rule: "> 0" };
 * const verdicts: VerdictRow[] = [
 *   { ...judged, claim: "A gains", task: "east", case: "east; B", verdict: "holds" },
 *   { ...judged, claim: "A gains", task: "west", case: "west; B", verdict: "undecided here" },
 * ];
 * assertEquals(
 *   verdictMatrix(verdicts).split("\n").at(-1),
 *   "| A gains | B | ✓ | ? |",
 * );
 * ```
 */
export function verdictMatrix(verdicts: readonly VerdictRow[]): string {
  const tasks = distinct<string>(verdicts, "task");
  const elsewhere = ({ task, case: name }: VerdictRow) =>
    name.split(separator).filter((part) => part !== task).join(separator);
  const lines = Map.groupBy(
    verdicts,
    (row) => JSON.stringify([row.claim, elsewhere(row)]),
  );
  let before = "";
  const rows = [...lines.values()].map((list) => {
    const [{ claim }] = list;
    const sentence = claim === before ? "" : claim;
    before = claim;
    const cells = tasks.map((task) =>
      list.filter((row) => row.task === task)
        .map(({ verdict }) => marks[verdict]).join(" ")
    );
    return tableLine([sentence, elsewhere(list[0]), ...cells]);
  });
  return [
    tableLine(["claim", "case", ...tasks]),
    `|---|---|${tasks.map(() => ":-:|").join("")}`,
    ...rows,
  ].join("\n");
}

const tableLine = (cells: readonly string[]) =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
