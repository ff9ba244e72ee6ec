import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { join } from "node:path";
import type { Run } from "../../lib/experiments/experiment.ts";
import { judgeClaims } from "../../lib/results/claims.ts";
import { estimate } from "../../lib/results/per_seed.ts";
import { parseProtocol } from "../../lib/study/read_protocol.ts";
import { report } from "../../lib/results/report.ts";
import { saveExperiment } from "../../lib/results/save_experiment.ts";
import { confirmatoryRun, loadStudy } from "../../lib/study/confirmatory.ts";
import { protocolClaims } from "../../lib/study/protocol_claims.ts";
import { byPrompt } from "../../lib/study/by_prompt.ts";
import { studyStatistics } from "../../lib/study/statistics.ts";
import type { Row } from "../../lib/train/row.ts";
import { aProtocol } from "./a_protocol.ts";
import { normals } from "../results/synthetic_study.ts";

const protocol = parseProtocol(JSON.stringify(aProtocol()));

/** Fronts from (1, 0) to (0, 2), where ours is `gain` higher; half of it at first. */
function aRun(gain: number, change: (row: Row) => Row = (row) => row): Run {
  const normal = normals(7);
  const rows = protocol.tracks.east.seeds.confirmation.flatMap(
    (seeds, reference) =>
      ["ours", "rival"].flatMap((method) =>
        [0, 0.5, 1].flatMap((coefficient) =>
          seeds.flatMap((seed) =>
            [0, 10, 20].map((iteration) => {
              const done = iteration / 20;
              const noise = 0.02 * normal();
              return change({
                ...{ task: "sums", reference, method, coefficient, seed },
                ...{ iteration, alive: true },
                reward: done * (1 - coefficient) + 0.002 * normal(),
                entropy: 2 - 2 * done * (1 - coefficient) + noise +
                  (method === "ours" ? gain : 0),
              });
            })
          )
        )
      ),
  );
  return {
    ...{ experiment: "x", scale: "laptop", config: {}, rows },
    ...{ shown: [], frontiers: [], tasks: { sums: "the sums" } },
    methods: { ours: { coefficient: "beta0" }, rival: { coefficient: "beta" } },
  };
}

const judged = (run: Run) =>
  judgeClaims(
    protocolClaims(protocol, "east"),
    confirmatoryRun(protocol, "east", [run]),
  );

Deno.test("a study's rows become verdicts, by the protocol alone", () => {
  const verdicts = judged(aRun(1));
  assertEquals(
    verdicts.map(({ family, case: name, rule, n, verdict }) => [
      ...[family, name, rule, n, verdict],
    ]),
    [
      ["fronts", "the sums; ours; rival", "> 0, margin 0.5", 8, "holds"],
      ["fronts", "the sums; ours; stopped", "> 0, margin 0.5", 8, "holds"],
      // From 2 to 0, and the gain: 1 of 3 is left.
      [
        ...["collapse", "the sums; ours; beta0 0", "< 0.5, margin 0.1", 8],
        "holds",
      ],
    ],
  );
  const [front, stopped, ratio] = verdicts.map(({ value }) => value);
  assertAlmostEquals(front, 1, 0.02);
  // The run at coefficient 0 passes through all rewards of the other's front.
  assertAlmostEquals(stopped, 1, 0.02);
  assertAlmostEquals(ratio, 1 / 3, 0.02);
  assertEquals(verdicts[0].quotes, 'Post, Summary: "a sentence"');
});

Deno.test("no gain is no difference, and a loss is told", () => {
  const fronts = (gain: number) =>
    judged(aRun(gain)).slice(0, 2).map(({ verdict }) => verdict);
  assertEquals(fronts(0), ["no difference", "no difference"]);
  assertEquals(fronts(-1), ["does not hold", "does not hold"]);
});

Deno.test("a lost run takes its setting out of a front, and counts among the seeds", () => {
  const lose = (count: number) =>
    judged(aRun(1, (row) => ({
      ...row,
      alive: !(row.method === "ours" && row.coefficient === 0 &&
        row.iteration === 20 && Number(row.seed) <= count),
    })));
  // Of 8 seeds 1 may be lost: the least share is 0.8.
  const [front, , ratio] = lose(1);
  assertAlmostEquals(front.value, 1, 0.05);
  assertEquals([ratio.n, ratio.verdict], [7, "holds"]);
  const [, , lost] = lose(2);
  assertEquals([lost.n, lost.value, lost.verdict], [0, NaN, "undecided here"]);
  // Where all are lost the others of the family are judged as before.
  const [, , none] = lose(8);
  assertEquals([none.n, none.verdict], [0, "undecided here"]);
});

Deno.test("rows that the protocol does not ask for are refused, and rows that lack", () => {
  const study = (...runs: Run[]) => () =>
    confirmatoryRun(protocol, "east", runs);
  const whole = aRun(0);
  const only = (keep: (row: Row) => boolean): Run => ({
    ...whole,
    rows: whole.rows.filter(keep),
  });
  assertThrows(
    study(aRun(0, (row) => row.seed === 1 ? { ...row, seed: 0 } : row)),
    RangeError,
    "got one that it does not ask for: task sums, method ours, coefficient 0, reference 0, seed 0, iteration 0",
  );
  assertThrows(
    study(only(({ seed, iteration }) => seed !== 4 || iteration !== 20)),
    RangeError,
    "got none of one: task sums, method ours, coefficient 0, reference 1, seed 4, iteration 20",
  );
  assertThrows(study(whole, whole), RangeError, "got one twice");
  assertThrows(
    study(aRun(0, (row) => ({ ...row, reference: 3 - Number(row.reference) }))),
    RangeError,
    "reference 3, seed 1",
  );
  assertThrows(study(), RangeError, 'of a track of east, got 0 of "east"');
  // One part a method makes the same study.
  const parts = ["ours", "rival"].map((name) =>
    only(({ method }) => method === name)
  );
  assertEquals(study(...parts)().rows.length, whole.rows.length);
});

Deno.test("results of another protocol are refused", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const kept = report(confirmatoryRun(protocol, "east", [aRun(1)]), {
      ...{ claims: protocolClaims(protocol, "east"), charts: {} },
      summarise: ["reward"],
    });
    await saveExperiment(kept, { runs: folder });
    const results = join(folder, "results");
    const { verdicts } = await loadStudy(protocol, "east", results);
    assertEquals(
      verdicts.map(({ verdict }) => verdict),
      Array(3).fill("holds"),
    );
    assert(verdicts.every(({ p }) => p! < 0.05));
    await assertRejects(
      () => loadStudy({ ...protocol, hash: "1234" }, "east", results),
      RangeError,
      `study_east to be of protocol 1234, got ${protocol.hash}`,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Ends of two methods, two seeds of each of two references. */
const ends = (scale: number, lost = false) =>
  [0, 1, 2, 3].map((seed) => ({
    ...{ reference: Math.floor(seed / 2), seed, coefficient: 1, iteration: 9 },
    alive: !(lost && seed === 0),
    reward: scale * seed,
    right0: seed % 2,
    right1: 0.9,
  }));
const measured = (name: string, own: Row[], rival: Row[], metric = "reward") =>
  estimate(studyStatistics[name].measure({
    ...{ own, rival, metric, reward: "reward", least: 0 },
    worst: { reward: 0, diversity: 0 },
  })).value;

Deno.test("shares of success and of lost runs count each run", () => {
  // Prompt 1 is always solved, prompt 0 by every other seed; a lost run solves none.
  assertEquals(measured("prompts solved", ends(1), [], "right"), 0.75);
  assertEquals(
    measured("success on prompts", ends(1, true), ends(1), "right"),
    -0.125,
  );
  assertEquals(measured("share of runs lost", ends(1, true), ends(1)), 0.25);
});

Deno.test("the spread between seeds is within references, as a log of a ratio", () => {
  assertAlmostEquals(
    measured("spread between seeds", ends(2), ends(1)),
    Math.log(2),
  );
  // Of a reference with one seed left there is no spread.
  assertEquals(
    measured("spread between seeds", ends(2, true), ends(1)),
    NaN,
  );
  assertEquals(measured("gain of the best setting", ends(2), ends(1)), 1.5);
});

Deno.test("statistics of one setting are of its own start, end and way", () => {
  const way = [0, 1].flatMap((seed) =>
    [0, 10, 20].map((iteration) => ({
      ...{ reference: seed, seed, coefficient: 1, iteration, alive: true },
      reward: 2 + iteration * (1 + seed),
    }))
  );
  // From 2 to 22 and to 42, by 12 and 22.
  assertEquals(measured("change over training", way, []), 30);
  assertAlmostEquals(measured("ratio to the start", way, []), 16);
  // What is logged has no number at the start: from 12 to 22, and from 22 to 42.
  const logged = way.map((row) =>
    row.iteration === 0 ? { ...row, reward: NaN } : row
  );
  assertEquals(measured("change since the first evaluation", logged, []), 15);
  assertAlmostEquals(
    measured("ratio to the first evaluation", logged, []),
    (22 / 12 + 42 / 22) / 2,
  );
  assertEquals(measured("value at the end", way, []), 32);
  assertEquals(measured("mean over training", way, []), 24.5);
});

Deno.test("byPrompt() asks for a column of each prompt", () => {
  assertThrows(
    () => byPrompt([{ seed: 0, right: 1 }], "right"),
    TypeError,
    "right0",
  );
});
