import { join } from "node:path";
import { dataDir } from "../data/files.ts";
import { separator, type VerdictRow } from "../results/claims.ts";
import { readCsv } from "../results/csv.ts";
import { formatInterval } from "../results/format.ts";
import { readVerdicts } from "../results/kept_experiments.ts";
import type { TableRow } from "../results/rows.ts";
import { marks } from "../results/verdict_tables.ts";
import { type NamedStudy, studiesOf } from "../study/confirmatory.ts";
import { readProtocols } from "../study/read_protocol.ts";
import { familyOf } from "../study/tables.ts";
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
  const studies = studiesOf(await readProtocols(data));
  const tracks = [...new Set(studies.map(({ track }) => track))];
  const cases = (await Promise.all(studies.map(async (study) => {
    const verdicts = await readVerdicts(join(data, "results", study.name));
    return verdicts.filter(ofPost).map((verdict) => caseOf(study, verdict));
  }))).flat();
  const questions = Map.groupBy(cases, ({ question }) => question);
  const rows = [...questions].flatMap(([question, all]) =>
    [...Map.groupBy(all, ({ verdict }) => verdict.claim)].map(
      ([claim, own], i) => [
        i === 0 ? question : "",
        claim,
        ...tracks.map((track) =>
          effects(own.filter((row) => row.track === track))
        ),
      ],
    )
  );
  return markdown(["question", "the post's claim", ...tracks], rows);
}

/** A verdict of the study, with its case by what it compares. */
interface StudyCase {
  readonly track: string;
  readonly question: string;
  readonly verdict: VerdictRow;
  /** The title of its task; `""` of a case between two tasks. */
  readonly task: string;
  /** The method, and its one setting if it has one. */
  readonly own: string;
  /** What it is compared with; `""` of one method's claim. */
  readonly rival: string;
}

function caseOf(
  { protocol, track }: NamedStudy,
  verdict: VerdictRow,
): StudyCase {
  const { question, claims } = familyOf(protocol, `${verdict.family}`);
  const [task, ...parts] = verdict.case.split(separator);
  const { rivals, rivalTask } = claims.find(({ claim, method }) =>
    claim === verdict.claim && method === parts[0]
  )!;
  const told = { track, question, verdict };
  if (!rivals) return { ...told, task, own: parts.join(separator), rival: "" };
  const [own, rival] = [parts[0], parts.at(-1)!];
  if (!rivalTask) return { ...told, task, own, rival };
  const other = protocol.tracks[track].tasks[rivalTask].title;
  return {
    ...{ ...told, task: "" },
    own: `${own}, ${less(task, other)}`,
    rival: `${rival}, ${less(other, task)}`,
  };
}

/** A title less what another says too: "16 units" of "modes, 16 units" and "modes". */
function less(title: string, other: string): string {
  const said = other.split(", ");
  return title.split(", ").filter((part) => !said.includes(part)).join(", ") ||
    title;
}

/** Each case with its mark and effect, less what all cases share. */
function effects(cases: readonly StudyCase[]): string {
  const several = cases.length > 1;
  const shared = (name: "task" | "own" | "rival") =>
    cases.every((row) => row[name] === cases[0][name]);
  const same = {
    task: shared("task"),
    own: several && shared("own"),
    rival: several && shared("rival"),
  };
  return cases.map(({ task, own, rival, verdict }) => {
    const compared = [same.own ? "" : own, same.rival ? "" : rival]
      .filter(Boolean).join(" against ");
    const name = [same.task ? "" : task, compared].filter(Boolean)
      .join(separator);
    return `${name} ${marks[verdict.verdict]} ${formatInterval(verdict)}`;
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
