import { join } from "node:path";
import { dataDir } from "../data/files.ts";
import { readCsv } from "../results/csv.ts";
import { entries, folderNames } from "../results/folders.ts";
import { formatInterval } from "../results/format.ts";
import { readVerdicts } from "../results/kept_experiments.ts";
import type { TableRow } from "../results/rows.ts";
import type { VerdictRow } from "../results/claims.ts";
import { marks } from "../results/verdict_tables.ts";
import { chartPrefix } from "../study/charts.ts";
import type { Notebook } from "./cells.ts";

const results = join(dataDir, "results");

/**
 * Replaces what stands between `<!-- NAME -->` and `<!-- /NAME -->`.
 *
 * @param text The document.
 * @param name The marker's name.
 * @param content The new content.
 * @returns The document with the new content.
 * @throws {RangeError} If the document does not have the markers.
 *
 * @example
 * ```ts
 * import { fillIn } from "./kept.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   fillIn("<!-- a -->\nold\n<!-- /a -->", "a", "new"),
 *   "<!-- a -->\n\nnew\n\n<!-- /a -->",
 * );
 * ```
 */
export function fillIn(text: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [start, end] = [text.indexOf(open), text.indexOf(close)];
  if (start < 0 || end < start) {
    throw new RangeError(`Expected ${open} ... ${close} in the document`);
  }
  const before = text.slice(0, start + open.length);
  return `${before}\n\n${content}\n\n${text.slice(end)}`;
}

/**
 * Fills the kept figures and verdicts of experiments into the cells of a notebook that
 * ask for them by `<!-- kept: EXPERIMENT -->`, or by `<!-- kept: EXPERIMENT: FAMILY; FAMILY
 * -->` for some families of claims, so that a reader sees results without running
 * anything.
 *
 * @param notebook The notebook's file.
 * @returns The file with the kept results in it.
 */
export async function fillNotebook(notebook: string): Promise<string> {
  const file = JSON.parse(notebook) as Notebook;
  const cells = await Promise.all(file.cells.map(async (cell) => {
    const text = [cell.source].flat().join("");
    const asked = /<!-- kept: (\w+)(?:: (.+?))? -->/.exec(text);
    if (!asked) return cell;
    const [open, name, families] = asked;
    const [before, rest] = text.split(open);
    const after = rest.slice(rest.indexOf("<!-- /kept -->"));
    const kept = unformatted(await keptResults(name, families?.split("; ")));
    const filled = `${before}${open}\n\n${kept}\n\n${after}`;
    return { ...cell, source: filled.split(/(?<=\n)/) };
  }));
  return `${JSON.stringify({ ...file, cells }, null, 2)}\n`;
}

/** The kept figures of an experiment and its verdicts, or of some families of these. */
async function keptResults(
  experiment: string,
  families?: readonly string[],
): Promise<string> {
  const others = (await folderNames(results))
    .filter((name) => name.startsWith(`${experiment}_`));
  const figures = (await entries(join(dataDir, "figures")))
    .map(({ name }) => name)
    .filter((name) => name.startsWith(`${experiment}_`))
    .filter((name) => !others.some((other) => name.startsWith(`${other}_`)))
    .filter((name) => name.endsWith(".png")).sort();
  const verdicts = await readVerdicts(join(results, experiment));
  const isAsked = (name: string) =>
    families?.some((family) =>
      name.startsWith(`${experiment}_${chartPrefix(family)}_`)
    ) ??
      true;
  return [
    ...figures.filter(isAsked).map((file) => {
      const name = file.slice(0, -".png".length);
      return `![${name}](../data/figures/${file})`;
    }),
    verdictTable(
      verdicts.filter(({ family = "" }) =>
        families?.some((name) => family.endsWith(`: ${name}`)) ?? true
      ),
    ),
  ].join("\n\n");
}

/** Verdicts as a table in Markdown: a row a claim and case. */
function verdictTable(verdicts: readonly VerdictRow[]): string {
  const adjusted = verdicts.some(({ p }) => Number.isFinite(p));
  return markdown(
    [
      ...["claim", "case", "measured [95% interval]", "seeds", "claimed"],
      ...adjusted ? ["p, by Holm"] : [],
      "",
    ],
    verdicts.map((row, i) => [
      row.claim === verdicts[i - 1]?.claim ? "" : row.claim,
      row.case,
      formatInterval(row),
      `${row.n}`,
      row.rule,
      ...adjusted ? [row.p!.toPrecision(2)] : [],
      `${marks[row.verdict]} ${row.verdict}`,
    ]),
  );
}

/**
 * Fills the tables of the README in: the post's claims, by experiment, and the bench.
 *
 * @param text The README.
 * @returns The README with the tables of the kept results.
 */
export async function fillReadme(text: string): Promise<string> {
  const targets = await readCsv(join(dataDir, "bench", "targets.csv"));
  const filled = fillIn(text, "claims", unformatted(await claimMatrix()));
  return fillIn(filled, "bench", unformatted(benchTable(targets)));
}

/** The experiments, as columns of the matrix of claims, and what they are called. */
const columns = {
  mode_collapse: "2-D",
  fixed_beta: "2-D",
  adrpo: "2-D",
  digit_collapse: "digits",
  even_digits: "digits",
  language_collapse: "sums",
  adrpo_grpo: "sums",
  preferences: "sums",
  local_optima: "local optimum",
} satisfies Record<string, string>;

/**
 * The post's claims by what they were tested on: in each cell the verdict of every case,
 * as many marks as cases.
 */
async function claimMatrix(): Promise<string> {
  const names = [...new Set(Object.values(columns))];
  const rows = new Map<string, Map<string, string[]>>();
  for (const [experiment, column] of Object.entries(columns)) {
    const verdicts = await readVerdicts(join(results, experiment));
    for (const { claim, quotes, verdict } of verdicts) {
      if (!quotes.startsWith("Post, ")) continue;
      const row = rows.get(claim) ?? new Map<string, string[]>();
      row.set(column, [...row.get(column) ?? [], marks[verdict]]);
      rows.set(claim, row);
    }
  }
  return markdown(
    ["the post's claim", ...names],
    [...rows].map(([claim, row]) => [
      claim,
      ...names.map((name) => counted(row.get(name) ?? [])),
    ]),
  );
}

/** Marks and how often each stands there, such as `✓ 3 ? 1`. */
function counted(all: readonly string[]): string {
  return Object.values(marks)
    .map((mark) => ({ mark, count: all.filter((m) => m === mark).length }))
    .filter(({ count }) => count > 0)
    .map(({ mark, count }) => count > 1 ? `${mark} ${count}` : mark)
    .join(" ");
}

/** The targets of the bench, a row a workload. */
function benchTable(targets: readonly TableRow[]): string {
  const groups = Map.groupBy(targets, ({ benchmark }) => benchmark);
  return markdown(
    ["work", "time, as a part of a peer's [95% interval]", "first call, s"],
    [...groups].map(([benchmark, rows]) => {
      const text = ({ measured, low, high }: TableRow) =>
        formatInterval({
          value: Number(measured),
          low: Number(low),
          high: Number(high),
        });
      const first = rows.find(({ against }) => against === "first call, s");
      const ratios = rows.filter((row) => row !== first)
        .map((row) => `${row.against} ${text(row)}`);
      return [
        `${benchmark}`,
        ratios.join("; ") || "",
        first ? Number(first.measured).toFixed(2) : "",
      ];
    }),
  );
}

/**
 * The page of all claims: what each is of, how it was measured, and its verdict in each
 * case.
 *
 * @returns The page, in Markdown.
 */
export async function claimsPage(): Promise<string> {
  const sections: string[] = [];
  for (const name of await folderNames(results)) {
    const verdicts = await readVerdicts(join(results, name));
    const claims = Map.groupBy(verdicts, ({ claim }) => claim);
    const words = [...claims].map(([claim, [{ quotes, statistic, rule }]]) =>
      `- **${claim}.** Tests: ${quotes}. Measured: ${statistic}; claimed: ${rule}.`
    );
    sections.push(
      [`## ${name}`, words.join("\n"), verdictTable(verdicts)].join("\n\n"),
    );
  }
  return [
    "# All claims, with their statistics",
    "Written by `deno task docs` from the kept results in [`results`](results). A claim is judged by its 95% interval alone: it holds (✓), does not hold (✗), differs by less than its margin (≈), or is undecided here (?). Each statistic is of whole seeds: evaluations and settings are never counted as further runs. The interval is a bootstrap over seeds whose tail is widened as Student's t is, or, where runs start from several references, Student's t over references; claims of one family are then judged together, by Holm's steps (`lib/results`).",
    ...sections,
  ].join("\n\n") + "\n";
}

function markdown(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    line(header),
    `|${header.map(() => "---").join("|")}|`,
    ...rows.map(line),
  ].join("\n");
}

/** Keeps the formatter from padding a table, which would differ from a new one. */
const unformatted = (text: string) =>
  `<!-- deno-fmt-ignore-start -->\n\n${text}\n\n<!-- deno-fmt-ignore-end -->`;
