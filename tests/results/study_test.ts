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
import { parseProtocol } from "../../lib/results/protocol.ts";
import { report } from "../../lib/results/report.ts";
import { saveExperiment } from "../../lib/results/save_experiment.ts";
import {
  confirmatoryRun,
  loadStudy,
  protocolClaims,
} from "../../lib/results/study.ts";
import { studyStatistics } from "../../lib/results/study_statistics.ts";
import { tune } from "../../lib/results/tune.ts";
import type { Row } from "../../lib/train/row.ts";
import { aProtocol } from "./a_protocol.ts";
import { normals } from "./synthetic_study.ts";

const protocol = parseProtocol(JSON.stringify(aProtocol()));

/** Fronts from (1, 0) to (0, 2), where ours is `gain` higher; half of it at first. */
function runs(gain: number, change: (row: Row) => Row = (row) => row): Run[][] {
  const normal = normals(7);
  return protocol.tracks.east.seeds.confirmation.map((seeds) => {
    const rows = ["ours", "rival"].flatMap((method) =>
      [0, 0.5, 1].flatMap((coefficient) =>
        seeds.flatMap((seed) =>
          [0, 10, 20].map((iteration) => {
            const done = iteration / 20;
            const noise = 0.02 * normal();
            return change({
              ...{ task: "sums", method, coefficient, seed, iteration },
              alive: true,
              reward: done * (1 - coefficient) + 0.002 * normal(),
              entropy: 2 - 2 * done * (1 - coefficient) + noise +
                (method === "ours" ? gain : 0),
              right0: 1 - coefficient,
              right1: 0.4,
            });
          })
        )
      )
    );
    return [{
      ...{ experiment: "x", scale: "laptop", config: { seeds }, rows },
      ...{ shown: [], frontiers: [], tasks: { sums: "the sums" } },
      methods: {
        ours: { coefficient: "beta0" },
        rival: { coefficient: "beta" },
      },
    }];
  });
}

const judged = (all: Run[][]) =>
  judgeClaims(
    protocolClaims(protocol, "east"),
    confirmatoryRun(protocol, "east", all),
  );

Deno.test("a study's rows become verdicts, by the protocol alone", () => {
  const verdicts = judged(runs(1));
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
    judged(runs(gain)).slice(0, 2).map(({ verdict }) => verdict);
  assertEquals(fronts(0), ["no difference", "no difference"]);
  assertEquals(fronts(-1), ["does not hold", "does not hold"]);
});

Deno.test("a lost run takes its setting out of a front, and counts among the seeds", () => {
  const lose = (count: number) =>
    judged(runs(1, (row) => ({
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
  const study = (all: Run[][]) => () => confirmatoryRun(protocol, "east", all);
  const only = (keep: (row: Row) => boolean) =>
    runs(0).map(([run]) => [{ ...run, rows: run.rows.filter(keep) }]);
  const exploring = runs(
    0,
    (row) => row.seed === 1 ? { ...row, seed: 0 } : row,
  );
  assertThrows(
    study(exploring),
    RangeError,
    "got one that it does not ask for: task sums, method ours, coefficient 0, reference 0, seed 0, iteration 0",
  );
  assertThrows(
    study(only(({ seed, iteration }) => seed !== 4 || iteration !== 20)),
    RangeError,
    "got none of one: task sums, method ours, coefficient 0, reference 1, seed 4, iteration 20",
  );
  const [first, ...others] = runs(0);
  assertThrows(
    study([[...first, ...first], ...others]),
    RangeError,
    "got one twice",
  );
  assertThrows(study(others), RangeError, "got east and 3");
  assertThrows(
    study([others[0], first, ...others.slice(1)]),
    RangeError,
    "reference 0, seed 3",
  );
});

Deno.test("results of another protocol are refused", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const kept = report(confirmatoryRun(protocol, "east", runs(1)), {
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

Deno.test("tune() takes the larger hypervolume, and none of a lost front", () => {
  const front = (learningRate: number, end: number, alive = true) =>
    [0, 1].map((coefficient) => ({
      ...{ method: "ours", learningRate, coefficient, seed: 0, alive },
      ...{ reward: coefficient * end, entropy: 2 - coefficient },
    }));
  const rows = [...front(1, 1), ...front(2, 3), ...front(3, 9, false)];
  assertEquals(
    tune(rows, {
      ...{ by: ["learningRate"], diversity: "entropy" },
      worst: { reward: 0, diversity: 0 },
    }),
    [2, 1, 3].map((learningRate, i) => ({
      ...{ method: "ours", learningRate, hypervolume: [3, 1, 0][i] },
    })),
  );
});
