import { join } from "node:path";
import { dataDir } from "../data/files.ts";
import { separator, type VerdictRow } from "../results/claims.ts";
import { readCsv } from "../results/csv.ts";
import { formatInterval } from "../results/format.ts";
import { readVerdicts } from "../results/kept_experiments.ts";
import type { TableRow } from "../results/rows.ts";
import { marks } from "../results/verdict_tables.ts";
import { studyName } from "../study/confirmatory.ts";
import { readProtocol } from "../study/read_protocol.ts";
import { fillIn, markdown, unformatted } from "./markdown.ts";
import { fillNumbers } from "./numbers.ts";

/**
 * Fills the tables of the README in: the post's claims as the study judges them, those
 * that other experiments judge, and the bench; and the numbers that its sentences tell.
 *
 * @param text The README.
 * @param data The folder of what is kept, if not the kit's own.
 * @returns The README with the tables and numbers of the kept results.
 * @throws {RangeError} If the README does not have the markers of a table, or a number
 * comes from no kept row.
 */
export async function fillReadme(
  text: string,
  data: string = dataDir,
): Promise<string> {
  const tables = {
    claims: await studyMatrix(data),
    "other claims": await otherMatrix(data),
    bench: benchTable(await readCsv(join(data, "bench", "targets.csv"))),
  };
  const filled = Object.entries(tables).reduce(
    (filled, [name, table]) => fillIn(filled, name, unformatted(table)),
    text,
  );
  return await fillNumbers(filled, data);
}

/** Claims that quote the post; the others are the kit's own. */
const ofPost = ({ quotes }: VerdictRow) => quotes.startsWith("Post, ");

/**
 * The post's claims as the study judges them: a row a claim under the question of its
 * family, a column a track, and in each cell every case with its effect.
 */
async function studyMatrix(data: string): Promise<string> {
  const protocol = await readProtocol(join(data, "protocol.json"));
  const tracks = Object.keys(protocol.tracks);
  const judged = (await Promise.all(tracks.map(async (track) => {
    const verdicts = await readVerdicts(
      join(data, "results", studyName(track)),
    );
    return verdicts.filter(ofPost).map((verdict) => ({ track, verdict }));
  }))).flat();
  const questionOf = (name?: string) =>
    protocol.families.find((family) => family.name === name)?.question ?? "";
  const questions = Map.groupBy(
    judged,
    ({ verdict }) => questionOf(verdict.family),
  );
  const rows = [...questions].flatMap(([question, all]) =>
    [...Map.groupBy(all, ({ verdict }) => verdict.claim)].map(
      ([claim, own], i) => [
        i === 0 ? question : "",
        claim,
        ...tracks.map((track) =>
          effects(
            own.filter((row) => row.track === track)
              .map(({ verdict }) => verdict),
          )
        ),
      ],
    )
  );
  return markdown(["question", "the post's claim", ...tracks], rows);
}

/** Each case with its mark and effect, less what all cases share. */
function effects(cases: readonly VerdictRow[]): string {
  const parts = cases.map((row) => row.case.split(separator));
  const shared = ({ task }: VerdictRow, part: string) =>
    cases.length > 1
      ? parts.every((others) => others.includes(part))
      : part === task;
  return cases.map((row, i) => {
    const name = parts[i].filter((part) => !shared(row, part)).join(separator);
    return `${name} ${marks[row.verdict]} ${formatInterval(row)}`;
  }).join("<br>");
}

/** The experiments beside the study, as columns, and what they are called. */
const columns = {
  mode_collapse: "2-D",
  fixed_beta: "2-D",
  digit_collapse: "digits",
  even_digits: "digits",
  language_collapse: "sums",
  open_lists: "SmolLM2",
  spoken_numbers: "SmolLM2 that hears",
  study_text_pictures: "pictures",
} satisfies Record<string, string>;

/**
 * The post's claims by what they were tested on beside the study: in each cell the
 * verdict of every case, as many marks as cases.
 */
async function otherMatrix(data: string): Promise<string> {
  const names = [...new Set(Object.values(columns))];
  const rows = new Map<string, Map<string, string[]>>();
  for (const [experiment, column] of Object.entries(columns)) {
    const verdicts = await readVerdicts(join(data, "results", experiment));
    for (const { claim, verdict } of verdicts.filter(ofPost)) {
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
    [
      "work",
      "time (or what is said), as a part of a peer's [95% interval]",
      "first call, s",
    ],
    [...groups].map(([benchmark, rows]) => {
      const text = ({ measured, low, high }: TableRow) =>
        low === high // It was measured once.
          ? Number(measured).toFixed(2)
          : formatInterval({
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
