import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Claim, judgeClaims } from "../../lib/results/claims.ts";
import { eachSeed } from "../../lib/results/per_seed.ts";
import { verdicts } from "../../lib/results/report.ts";
import { where } from "../../lib/results/rows.ts";
import { above } from "../../lib/results/rules.ts";
import { compareFronts } from "../../lib/results/sweeps.ts";
import {
  shortVerdicts,
  verdictMatrix,
} from "../../lib/results/verdict_tables.ts";

const run = {
  rows: ["east", "west"].flatMap((task) =>
    ["A", "B"].flatMap((method) =>
      [0, 1, 2].map((seed) => ({
        ...{ task, method, seed, coefficient: 0.1 },
        reward: (task === "east" ? 1 : -1) * (method === "A" ? 2 : 1),
      }))
    )
  ),
  tasks: { east: "the east", west: "the west" },
  methods: { A: { coefficient: "beta0" }, B: { coefficient: "beta" } },
};
const gains: Claim = {
  claim: "It gains",
  quotes: "a post",
  statistic: "mean reward",
  rule: above(0),
  cases: [{ task: "east", method: "A" }, { task: "west", method: "B" }],
  measure: (rows, { task, method }) =>
    eachSeed(where(rows, { task, method }), ([{ reward }]) => Number(reward)),
};

Deno.test("judgeClaims() measures each case by its own rows", () => {
  assertEquals(
    judgeClaims([gains], run).map((row) => [
      ...[row.case, row.task, row.value, row.n, row.verdict],
    ]),
    [
      ["the east; A", "the east", 2, 3, "holds"],
      ["the west; B", "the west", -1, 3, "does not hold"],
    ],
  );
});

Deno.test("a case says what its numbers are", () => {
  const [row] = judgeClaims([{
    ...gains,
    cases: [{ task: "east", method: "A", coefficient: 0.1, after: 5 }],
  }], run);
  assertEquals(row.case, "the east; A; beta0 0.1; after 5");
});

Deno.test("a mislabelled case is refused, by claim and case", () => {
  const judged = (cases: Claim["cases"]) =>
    judgeClaims([{ ...gains, cases }], run);
  assertThrows(
    () => judged([{ task: "north", method: "A" }]),
    RangeError,
    'one of east; west, got "north"',
  );
  assertThrows(
    () => judged([{ task: "east", method: "a" }]),
    RangeError,
    'method of a case of the claim "It gains" to be one of A; B, got "a"; did you mean A?',
  );
  // A rival may be no method: the measure alone knows where to look for it.
  const measure: Claim["measure"] = (rows, { rival }) =>
    eachSeed(where(rows, { method: rival }), () => 1);
  const error = assertThrows(
    () => judgeClaims([{ ...gains, cases: [{ rival: "C" }], measure }], run),
    Error,
    'Cannot measure the claim "It gains" (C): Expected rows of at least one seed, got no row. The rows have task east; west; method A; B',
  );
  assert(error.cause instanceof RangeError);
});

Deno.test("a claim on a misspelt column is refused, and lists those there are", () => {
  assertThrows(
    () =>
      judgeClaims([{
        ...gains,
        measure: (rows) => eachSeed(rows, ([row]) => Number(row["rewrad"])),
      }], run),
    Error,
    'claim "It gains" (the east; A): Expected a finite number of at least one seed, got NaN of seed 0; is a column misspelt? The rows have task, method, seed, coefficient, reward',
  );
});

Deno.test("a verdict without a value says why", () => {
  const fronts = (reward: number, alive = true) =>
    [0, 1].flatMap((coefficient) =>
      [0, 1].map((seed) => ({
        ...{ coefficient, seed, alive, entropy: 1 },
        reward: reward + coefficient,
      }))
    );
  const [apart, dead] = judgeClaims([
    {
      ...gains,
      cases: [{}],
      measure: () =>
        compareFronts(fronts(0), fronts(5), { diversity: "entropy" }),
    },
    {
      ...gains,
      cases: [{}],
      measure: () => eachSeed(fronts(0, false), () => NaN),
    },
  ], run);
  assertEquals(
    shortVerdicts([apart, dead]).map(({ value, verdict }) => [value, verdict]),
    [
      ["no common rewards", "undecided here"],
      ["diverged", "undecided here"],
    ],
  );
  const shown = verdicts({ verdicts: [apart] }) as unknown as Record<
    symbol,
    () => Record<string, string>
  >;
  const text = shown[Symbol.for("Jupyter.display")]()["text/plain"];
  assert(text.includes("no common rewards") && !text.includes("NaN"), text);
});

Deno.test("a claim with a misspelt or missing field is refused", () => {
  const judged = (claim: object) => judgeClaims([claim as Claim], run);
  assertThrows(
    () => judged({ ...gains, mesure: 1 }),
    TypeError,
    'have only claim, quotes, statistic, rule, family, cases, measure, got "mesure"',
  );
  for (
    const [field, value] of [
      ...[["quotes", undefined], ["rule", "> 0"], ["cases", []]],
      ["measure", 7],
    ] as const
  ) {
    assertThrows(() => judged({ ...gains, [field]: value }), TypeError, field);
  }
  assertThrows(
    () => judged({ ...gains, measure: () => 0.5 }),
    Error,
    "statistic per seed, such as eachSeed(...), got 0.5",
  );
});

Deno.test("verdictMatrix() has a line a claim and rival, a column a task", () => {
  const [holds, fails] = judgeClaims([gains], run);
  const rows = [
    { ...holds, case: "the east; A, best 8" },
    { ...fails, case: "the west; A, best 8" },
    { ...holds, case: "the east; |B|", verdict: "undecided here" as const },
  ];
  assertEquals(verdictMatrix(rows).split("\n"), [
    "| claim | case | the east | the west |",
    "|---|---|:-:|:-:|",
    "| It gains | A, best 8 | ✓ | ✗ |",
    "|  | \\|B\\| | ? |  |",
  ]);
});

Deno.test("claims of one family are judged together, in whatever claim they stand", () => {
  const rows = run.rows.map((row) => ({
    ...row,
    reference: row.seed,
    reward: row.reward + 0.3 * (row.seed - 1),
  }));
  const judged = (family?: string) =>
    judgeClaims(
      [{ ...gains, family }, { ...gains, family, rule: above(1.9) }],
      {
        ...run,
        rows,
      },
    );
  // East at 2: t_2 = 11.5, p = 0.007; west at -1: t_2 = -5.8, p = 0.029.
  assertEquals(judged().map(({ verdict }) => verdict), [
    ...["holds", "does not hold", "undecided here", "does not hold"],
  ]);
  const together = judged("gains");
  assertEquals(together.map(({ verdict }) => verdict), [
    ...["holds", "undecided here", "undecided here", "does not hold"],
  ]);
  assertEquals(
    shortVerdicts(together).map(({ p }) => p),
    together.map(({ p }) => p),
  );
  assertEquals("p" in shortVerdicts(judgeClaims([gains], run))[0], false);
  assertEquals(together[0].family, "gains");
  assert(together[1].p! > 0.02 && !("standardError" in together[0]));
  assertThrows(
    () => judgeClaims([{ ...gains, family: "gains" }], run),
    Error,
    'Family "gains": Cannot judge 2 claims together: expected estimates over references',
  );
});
