import type { VerdictRow } from "./verdict.ts";

const columns = ["holds", "does not hold", "undecided here"] as const;

/**
 * Sums up verdicts as a table in Markdown: a row a claim, and in the column of each
 * verdict the cases in which it fell. A claim's case is what stands in brackets at
 * its end, such as `(graded modes)`.
 *
 * @param verdicts The judged claims.
 * @returns The table.
 *
 * @example
 * ```ts
 * import { above, claimsTable, judge } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const gain = { source: "", statistic: "", value: 1, low: 0.5, high: 2, n: 5, rule: above(0) };
 * const verdicts = ["A beats B (east)", "A beats B (west)"]
 *   .map((claim) => judge({ ...gain, claim }));
 * assertEquals(
 *   claimsTable(verdicts).split("\n").at(-1),
 *   "| A beats B | east; west | | |",
 * );
 * ```
 */
export function claimsTable(verdicts: readonly VerdictRow[]): string {
  const cases = verdicts.map(({ claim, verdict }) => {
    const [, stem, name] = /^(.*?)(?: \(([^()]*)\))?$/.exec(claim)!;
    return { stem, name: name ?? "everywhere", verdict };
  });
  const rows = [...Map.groupBy(cases, ({ stem }) => stem)].map(
    ([stem, list]) => {
      const cells = columns.map((column) =>
        list.filter(({ verdict }) => verdict === column)
          .map(({ name }) => name).join("; ")
      );
      return `| ${[stem, ...cells].map(escaped).join(" | ")} |`
        .replaceAll("|  |", "| |").replaceAll("|  |", "| |");
    },
  );
  return [
    `| claim | ${columns.join(" | ")} |`,
    `|---|${columns.map(() => "---").join("|")}|`,
    ...rows,
  ].join("\n");
}

const escaped = (text: string) => text.replaceAll("|", "\\|");
