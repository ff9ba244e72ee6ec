import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  above,
  below,
  judge,
  type Rule,
  within,
} from "../../lib/results/verdict.ts";

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
