import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  above,
  below,
  type Claim,
  judge,
  judgeClaims,
  type Rule,
  shortVerdicts,
  verdictMatrix,
  within,
} from "../../lib/results/claims.ts";
import { compareFronts } from "../../lib/results/fronts.ts";
import { verdicts } from "../../lib/results/report.ts";
import { eachSeed } from "../../lib/results/statistics.ts";
import { where } from "../../lib/results/rows.ts";

function verdictOf(rule: Rule, low: number, high: number) {
  const value = (low + high) / 2;
  const words = { claim: "c", source: "s", statistic: "x" };
  return judge({ ...words, value, low, high, n: 5, rule }).verdict;
}

Deno.test("judge() decides from the interval alone", () => {
  const cases: [Rule, number, number, string][] = [
    [above(0), 0.1, 0.3, "holds"],
    [above(0), 0, 0.3, "undecided here"],
    [above(0), -0.3, 0, "does not hold"],
    [below(1), 0.2, 0.9, "holds"],
    [below(1), 0.2, 1, "undecided here"],
    [below(1), 1, 2, "does not hold"],
    [within(-1, 1), -1, 1, "holds"],
    [within(-1, 1), 0, 2, "undecided here"],
    [within(-1, 1), 1.1, 2, "does not hold"],
    [within(-1, 1), -3, -2, "does not hold"],
    [above(0), -Infinity, Infinity, "undecided here"],
  ];
  for (const [rule, low, high, verdict] of cases) {
    assertEquals(
      verdictOf(rule, low, high),
      verdict,
      `${rule.text} ${low} ${high}`,
    );
  }
});

Deno.test("no rule both holds and fails", () => {
  const number = fc.integer({ min: -5, max: 5 });
  fc.assert(fc.property(number, number, number, (a, b, threshold) => {
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    const rules = [
      above(threshold),
      below(threshold),
      within(threshold, threshold + 2),
    ];
    for (const rule of rules) {
      assertEquals(rule.holds(low, high) && rule.fails(low, high), false);
    }
  }));
});

Deno.test("judge() writes a flat row", () => {
  const row = judge({
    claim: "entropy falls",
    source: "ORW-CFM-W2, Theorem 1",
    statistic: "entropy, end minus start (nats)",
    value: -1.2,
    low: -1.4,
    high: -1,
    n: 5,
    rule: below(0),
  });
  assertEquals(row, {
    claim: "entropy falls",
    source: "ORW-CFM-W2, Theorem 1",
    statistic: "entropy, end minus start (nats)",
    value: -1.2,
    low: -1.4,
    high: -1,
    n: 5,
    rule: "< 0",
    verdict: "holds",
  });
});

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
    'have only claim, quotes, statistic, rule, cases, measure, got "mesure"',
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
