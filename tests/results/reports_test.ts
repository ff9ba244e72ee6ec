import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertStringIncludes,
} from "@std/assert";
import { controlVerdicts } from "../../lib/results/reports/adrpo_verdicts.ts";
import {
  columnDifference,
  meanFinite,
  summariseAlive,
} from "../../lib/results/reports/sweeps.ts";
import { type Row } from "../../lib/train/row.ts";

const row = (beta: number, seed: number, reward: number, alive = true) => ({
  beta,
  seed,
  reward,
  alive,
});

Deno.test("summariseAlive() leaves out settings with a dead or immeasurable member", () => {
  const rows = [
    row(1, 0, 0.5),
    row(1, 1, 0.5),
    row(2, 0, 0.9),
    row(2, 1, 0.1, false),
    row(3, 0, 0.9),
    row(3, 1, NaN),
  ];
  const summary = summariseAlive(rows, { by: ["beta"], metrics: ["reward"] });
  assertEquals(
    summary.map(({ beta, seeds, reward }) => [beta, seeds, reward]),
    [
      [1, 2, 0.5],
    ],
  );
});

Deno.test("meanFinite() counts what it could measure, and decides nothing without", () => {
  assertEquals(meanFinite([1, NaN, 1]), { value: 1, low: 1, high: 1, n: 2 });
  assertEquals(meanFinite([NaN, Infinity]), {
    value: NaN,
    low: -Infinity,
    high: Infinity,
    n: 0,
  });
});

Deno.test("columnDifference() pairs by seed, not by order", () => {
  const a = [row(1, 0, 5), row(1, 1, 7)];
  const b = [row(2, 1, 6), row(2, 0, 4)];
  assertEquals(columnDifference(a, b, "reward").value, 1);
  assertEquals(columnDifference(a, b, "reward").low, 1);
});

Deno.test("a control is compared where none of its runs was lost, or judged by the lost", () => {
  const runs = (method: string, entropy: number, lost: number[] = []) =>
    [0.1, 0.2, 0.4].flatMap((beta) =>
      [0, 1].map((seed): Row => ({
        ...{ task: "graded", method, beta, seed },
        alive: seed === 0 || !lost.includes(beta),
        pairwiseDistance: 1,
        reward: 1 - beta + 0.01 * seed,
        modeEntropy: entropy + beta,
      }))
    );
  const controls = ["control: shuffled", "control: |A|"];
  const others = [
    ...["control: sign flipped", "control: positive only"],
    ...["ADRPO-FM, clipped at ±beta0", "ADRPO-FM, beta_eff ≥ 0"],
  ];
  const verdicts = controlVerdicts([
    ...runs("ADRPO-FM", 1),
    ...runs(controls[0], 0.5, [0.1]),
    ...runs(controls[1], 0.5, [0.1, 0.4]),
    ...others.flatMap((method) => runs(method, 0.5)),
  ], ["graded"]);
  const [shuffled, unsigned, flipped] = verdicts;
  assertStringIncludes(shuffled.statistic, "beta0 0.1 left out");
  assertAlmostEquals(shuffled.value as number, 0.5, 1e-9);
  assertStringIncludes(unsigned.claim, "without it training diverges");
  assertAlmostEquals(unsigned.value as number, 2 / 6, 1e-9);
  assert(!flipped.statistic.includes("left out"));
});
