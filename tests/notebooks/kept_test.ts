import {
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "node:path";
import { writeText } from "../../lib/data/files.ts";
import { fillNotebook } from "../../lib/notebooks/kept.ts";
import { fillReadme } from "../../lib/notebooks/readme.ts";
import type { VerdictRow } from "../../lib/results/claims.ts";
import { writeCsv } from "../../lib/results/csv.ts";
import { aProtocol } from "../study/a_protocol.ts";

/** A small protocol whose families are named as the kit's are, and one more. */
function protocol() {
  const { families: [fronts, collapse], ...rest } = aProtocol();
  const { sums } = rest.tracks.east.tasks;
  const tasks = { sums, wide: { ...sums, title: "the sums, 9 units" } };
  const families = [
    { ...fronts, name: "east: fronts", question: "Which front is higher?" },
    { ...fronts, name: "east: fronts, again", question: "And again?" },
    { ...collapse, name: "east: collapse", question: "Is it lost?" },
  ];
  return {
    ...rest,
    tracks: { east: { ...rest.tracks.east, tasks } },
    families,
  };
}

/** A second one, which asks more of the first question, and of a wider policy. */
function second() {
  const { families: [fronts], tracks, ...rest } = protocol();
  const { seeds: { exploration }, ...east } = tracks.east;
  const confirmation = [11, 13, 15].map((seed) => [seed, seed + 1]);
  const [claim] = fronts.claims;
  const across = {
    ...claim,
    ...{ claim: "More than a wide one", rivals: ["ours"], rivalTask: "wide" },
  };
  return {
    ...{ ...rest, version: 2 },
    tracks: { east: { ...east, seeds: { exploration, confirmation } } },
    families: [{ ...fronts, claims: [claim, across] }],
  };
}

const row: Omit<VerdictRow, "claim" | "case"> = {
  ...{ task: "the sums", quotes: 'Post, Summary: "a sentence"' },
  ...{ statistic: "entropy", low: 0.5, high: 1.5, value: 1, n: 8 },
  ...{ rule: "> 0", p: 0.01, verdict: "holds" },
};
const verdicts: VerdictRow[] = [
  ...["rival", "stopped"].map((rival): VerdictRow => ({
    ...row,
    claim: "More at equal reward",
    case: `the sums; ours; ${rival}`,
    family: "east: fronts",
    verdict: rival === "rival" ? "holds" : "no difference",
  })),
  {
    ...{ ...row, claim: "More again", family: "east: fronts, again" },
    ...{ case: "the sums; ours; rival", quotes: "Kit: its own" },
  },
  {
    ...{ ...row, claim: "It is lost", family: "east: collapse" },
    ...{ case: "the sums; ours; beta0 0", verdict: "does not hold" },
  },
];

const more: VerdictRow[] = [
  { ...verdicts[0], case: "the sums; ours; stopped" },
  {
    ...{ ...row, claim: "More than a wide one", family: "east: fronts" },
    case: "the sums; ours; wide; ours",
  },
];

/** Runs with a folder of kept results, figures and protocols. */
async function inData(run: (data: string) => Promise<void>): Promise<void> {
  const data = await Deno.makeTempDir();
  const results = (name: string, rows: readonly VerdictRow[]) =>
    writeCsv(join(data, "results", name, "verdicts.csv"), rows);
  try {
    await writeText(join(data, "protocol.json"), JSON.stringify(protocol()));
    await writeText(join(data, "protocol_2.json"), JSON.stringify(second()));
    await writeText(join(data, "bench", "targets.csv"), "");
    await results("study_east", verdicts);
    await results("study_east_2", more);
    for (
      const name of [
        ...["mode_collapse", "fixed_beta", "digit_collapse", "even_digits"],
        ...["language_collapse", "open_lists", "spoken_numbers"],
        "study_text_pictures",
      ]
    ) {
      const { family: _, ...alone } = verdicts[0];
      await results(name, [{ ...alone, quotes: row.quotes }]);
    }
    for (
      const name of [
        ...["fronts_fronts", "fronts_training", "fronts_again_fronts"],
        "collapse_training",
      ]
    ) {
      await writeText(join(data, "figures", `study_east_${name}.svg`), "");
    }
    await run(data);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
}

/** What a cell that asks for something is filled with. */
async function filled(data: string, asked: string): Promise<string> {
  const source =
    `Before\n\n<!-- kept: ${asked} -->\nSTALE\n<!-- /kept -->\nAfter`;
  const notebook = { cells: [{ cell_type: "markdown", source }] };
  const text = await fillNotebook(JSON.stringify(notebook), data);
  return JSON.parse(text).cells[0].source.join("");
}

Deno.test("a notebook has the figures and verdicts of the families that it asks for", () =>
  inData(async (data) => {
    const text = await filled(data, "study_east: collapse; fronts");
    assertMatch(text, /^Before\n[^]*<!-- \/kept -->\nAfter$/);
    assertEquals(text.includes("STALE"), false);
    const [collapse, fronts] = text.split("**fronts.**");
    assertStringIncludes(collapse, "**collapse.** Is it lost?");
    assertMatch(collapse, /!\[.*study_east_collapse_training.svg\)/);
    assertMatch(collapse, /It is lost.*✗ does not hold/);
    assertEquals(collapse.includes("More at equal reward"), false);
    assertMatch(fronts, /!\[.*study_east_fronts_fronts.svg\)/);
    assertMatch(
      fronts,
      /\[Over training\]\(.*study_east_fronts_training.svg\)/,
    );
    assertMatch(
      fronts,
      /ours; rival.*✓ holds[^]*ours; stopped.*≈ no difference/,
    );
    // Nothing of a family whose name begins alike.
    assertEquals(/again/i.test(text), false);
  }));

Deno.test("a later protocol's families have verdicts of their own", () =>
  inData(async (data) => {
    const text = await filled(data, "study_east_2: fronts");
    assertMatch(text, /the sums; ours; stopped[^]*the sums; ours; wide; ours/);
    assertEquals(text.includes("the sums; ours; rival"), false);
  }));

Deno.test("a study or a family that no protocol has is refused", () =>
  inData(async (data) => {
    await assertRejects(
      () => filled(data, "study_west: fronts"),
      RangeError,
      'of study_east, study_east_2, got "study_west"',
    );
    await assertRejects(
      () => filled(data, "study_east: front"),
      RangeError,
      'east: fronts, again; east: collapse, got "east: front"',
    );
  }));

Deno.test("the README has the post's claims by question, and each case with its effect", () =>
  inData(async (data) => {
    const readme = ["claims", "other claims", "bench"]
      .map((name) => `<!-- ${name} -->\n<!-- /${name} -->`).join("\n");
    const text = await fillReadme(readme, data);
    const rows = text.split("\n").filter((line) => line.startsWith("|"));
    assertEquals(rows.slice(0, 5), [
      "| question | the post's claim | east |",
      "|---|---|---|",
      "| Which front is higher? | More at equal reward | rival ✓ 1.00 [0.50, 1.50]<br>stopped ≈ 1.00 [0.50, 1.50]<br>stopped ✓ 1.00 [0.50, 1.50] |",
      "|  | More than a wide one | ours, the sums against ours, 9 units ✓ 1.00 [0.50, 1.50] |",
      "| Is it lost? | It is lost | ours; beta0 0 ✗ 1.00 [0.50, 1.50] |",
    ]);
    assertEquals(rows.slice(5, 8), [
      "| the post's claim | 2-D | digits | sums | SmolLM2 | SmolLM2 that hears | pictures |",
      "|---|---|---|---|---|---|---|",
      "| More at equal reward | ✓ 2 | ✓ 2 | ✓ | ✓ | ✓ | ✓ |",
    ]);
  }));
