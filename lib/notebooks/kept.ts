import { join } from "node:path";
import { dataDir } from "../data/files.ts";
import { entries, folderNames } from "../results/folders.ts";
import { formatInterval } from "../results/format.ts";
import { readVerdicts } from "../results/kept_experiments.ts";
import type { VerdictRow } from "../results/claims.ts";
import { marks } from "../results/verdict_tables.ts";
import { studiesOf } from "../study/confirmatory.ts";
import { readProtocols } from "../study/read_protocol.ts";
import { chartPrefix, familyOf } from "../study/tables.ts";
import type { Notebook } from "./cells.ts";
import { markdown, unformatted } from "./markdown.ts";
import { fillNumbers } from "./numbers.ts";

/**
 * Fills the kept figures and verdicts of experiments into the cells of a notebook that
 * ask for them, so that a reader sees results without running anything: all of an
 * experiment by `<!-- kept: EXPERIMENT -->`, and of a track of the study some families
 * of claims by `<!-- kept: study_TRACK: FAMILY; FAMILY -->`, or `study_TRACK_2`. Numbers
 * in sentences are filled in by {@linkcode fillNumbers}.
 *
 * @param notebook The notebook's file.
 * @param data The folder of what is kept, if not the kit's own.
 * @returns The file with the kept results in it.
 * @throws {RangeError} If no protocol has such a study or family, or a number comes from no
 * kept row.
 */
export async function fillNotebook(
  notebook: string,
  data: string = dataDir,
): Promise<string> {
  const file = JSON.parse(notebook) as Notebook;
  const cells = await Promise.all(file.cells.map(async (cell) => {
    const text = [cell.source].flat().join("");
    const filled = await fillNumbers(await fillKept(text, data), data);
    return filled === text
      ? cell
      : { ...cell, source: filled.split(/(?<=\n)/) };
  }));
  return `${JSON.stringify({ ...file, cells }, null, 2)}\n`;
}

/** A cell with the kept results that it asks for, if any. */
async function fillKept(text: string, data: string): Promise<string> {
  const asked = /<!-- kept: (\w+)(?:: (.+?))? -->/.exec(text);
  if (!asked) return text;
  const [open, name, families] = asked;
  const [before, rest] = text.split(open);
  const after = rest.slice(rest.indexOf("<!-- /kept -->"));
  const kept = families
    ? await keptFamilies(name, families.split("; "), data)
    : await keptResults(name, data);
  return `${before}${open}\n\n${unformatted(kept)}\n\n${after}`;
}

/** The kept figures of an experiment and its verdicts. */
async function keptResults(experiment: string, data: string): Promise<string> {
  const others = (await folderNames(join(data, "results")))
    .filter((name) => name.startsWith(`${experiment}_`));
  const figures = (await figureNames(data))
    .filter((name) => name.startsWith(`${experiment}_`))
    .filter((name) => !others.some((other) => name.startsWith(`${other}_`)));
  const verdicts = await readVerdicts(join(data, "results", experiment));
  return [...figures.map(shown), verdictTable(verdicts)].join("\n\n");
}

/** What some families of the study ask, with their figures and verdicts. */
async function keptFamilies(
  experiment: string,
  families: readonly string[],
  data: string,
): Promise<string> {
  const studies = studiesOf(await readProtocols(data));
  const study = studies.find(({ name }) => name === experiment);
  if (!study) {
    throw new RangeError(
      `Expected families of ${
        studies.map(({ name }) => name).join(", ")
      }, got "${experiment}"`,
    );
  }
  const { protocol, track } = study;
  const verdicts = await readVerdicts(join(data, "results", experiment));
  const figures = await figureNames(data);
  return families.flatMap((short) => {
    const { name, question } = familyOf(protocol, `${track}: ${short}`);
    const prefix = `${experiment}_${chartPrefix(short)}`;
    const [chart, ...more] = [`${prefix}_fronts`, `${prefix}_training`]
      .filter((figure) => figures.includes(figure));
    return [
      `**${short}.** ${question}`,
      ...chart ? [shown(chart)] : [],
      ...more.map((other) => `[Over training](${pathOf(other)})`),
      verdictTable(verdicts.filter(({ family }) => family === name)),
    ];
  }).join("\n\n");
}

/** The names of the kept figures, in their order. */
async function figureNames(data: string): Promise<string[]> {
  return (await entries(join(data, "figures")))
    .filter(({ name }) => name.endsWith(".svg"))
    .map(({ name }) => name.slice(0, -".svg".length))
    .sort();
}

/** Where a notebook finds a kept figure. */
const pathOf = (figure: string) => `../data/figures/${figure}.svg`;

const shown = (figure: string) => `![${figure}](${pathOf(figure)})`;

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
 * The page of all claims: what each is of, how it was measured, and its verdict in each
 * case.
 *
 * @returns The page, in Markdown.
 */
export async function claimsPage(): Promise<string> {
  const sections: string[] = [];
  for (const name of await folderNames(join(dataDir, "results"))) {
    const verdicts = await readVerdicts(join(dataDir, "results", name));
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
