import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { judge } from "../../lib/results/judge.ts";
import {
  intervalAt,
  intervalOverReferences,
} from "../../lib/results/references.ts";
import { above, below, type Rule, within } from "../../lib/results/rules.ts";

function verdictOf(rule: Rule, low: number, high: number) {
  const value = (low + high) / 2;
  const words = { claim: "c", source: "s", statistic: "x" };
  return judge([{ ...words, value, low, high, n: 5, rule }])[0].verdict;
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
    [above(0, { margin: 1 }), -0.9, 0.9, "no difference"],
    [above(0, { margin: 1 }), 0.1, 0.9, "no difference"],
    [above(0, { margin: 1 }), 0.1, 1.1, "holds"],
    [above(0, { margin: 1 }), -0.1, 1.1, "undecided here"],
    [above(0, { margin: 1 }), -1.1, -0.1, "does not hold"],
    [below(2, { margin: 1 }), 1.1, 2.9, "no difference"],
    [below(2, { margin: 1 }), 0.5, 1.9, "holds"],
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
  const [row] = judge([{
    claim: "entropy falls",
    source: "ORW-CFM-W2, Theorem 1",
    statistic: "entropy, end minus start (nats)",
    value: -1.2,
    low: -1.4,
    high: -1,
    n: 5,
    rule: below(0),
  }]);
  assertEquals(row, {
    claim: "entropy falls",
    source: "ORW-CFM-W2, Theorem 1",
    statistic: "entropy, end minus start (nats)",
    value: -1.2,
    low: -1.4,
    high: -1,
    n: 5,
    rule: "< 0",
    p: NaN,
    verdict: "holds",
  });
});

const rules = [
  above(0.3),
  below(-1),
  above(0, { margin: 0.5 }),
  below(1, { margin: 2 }),
  within(-1, 1),
];
const estimateAt = (value: number, standardError: number, df = 3) => {
  const [low, high] = intervalAt({ value, standardError, df }, 0.05);
  return { value, low, high, n: 20, standardError, df };
};

Deno.test("a rule's room is the widest interval that decides", () => {
  const number = fc.double({ min: -5, max: 5, noNaN: true });
  fc.assert(fc.property(number, (value) => {
    for (const rule of rules) {
      const decides = (half: number) =>
        verdictOf(rule, value - half, value + half) !== "undecided here";
      const room = rule.room(value);
      assert(room < 1e-9 || decides(room - 1e-9), `${rule.text} ${value}`);
      assert(!decides(room + 1e-9), `${rule.text} ${value}`);
    }
  }));
});

Deno.test("a margin is above 0", () => {
  assertThrows(() => above(0, { margin: 0 }), RangeError, "above 0, got 0");
});

Deno.test("the p-value of a claim alone is that of the two-sided t-test", () => {
  // scipy 1.17.1, ttest_1samp: t = 2.7775, df = 3, p = 0.0691.
  const [judged] = judge([{
    ...intervalOverReferences([1, 2, 3, 6], { n: 8 }),
    rule: above(0),
  }]);
  assertAlmostEquals(judged.p, 0.06914, 1e-4);
  assertEquals(judged.verdict, "undecided here");
});

Deno.test("judge() of one claim decides where its 95% interval does", () => {
  const value = fc.double({ min: -5, max: 5, noNaN: true });
  const error = fc.double({ min: 0.01, max: 3, noNaN: true });
  fc.assert(fc.property(value, error, (value, standardError) => {
    for (const rule of rules) {
      const row = estimateAt(value, standardError);
      const [{ p, verdict }] = judge([{ ...row, rule }]);
      assertEquals(verdict, verdictOf(rule, row.low, row.high));
      assertEquals(p <= 0.05, verdict !== "undecided here");
    }
  }));
});

Deno.test("judge() takes Holm's steps through a family", () => {
  // Of t_3, two-sided: 12.92 has p = 0.001, 5.841 0.01, 4.541 0.02, 3.182 0.05.
  const family = [4.541, 12.924, 3.182, 5.841].map((t) => ({
    ...estimateAt(t, 1),
    rule: above(0),
  }));
  const judged = judge(family);
  // 4 x 0.001, 3 x 0.01, 2 x 0.02, 1 x 0.05.
  [0.04, 0.004, 0.05, 0.03].forEach((p, i) =>
    assertAlmostEquals(judged[i].p, p, 1e-4)
  );
  assertEquals(judged.slice(0, 2).map(({ verdict }) => verdict), [
    ...["holds", "holds"],
  ]);
  // One that stays open closes the way to those after it.
  const stopped = judge([family[1], ...family.slice(2), family[2], family[2]]);
  assertEquals(
    stopped.map(({ verdict }) => verdict),
    ["holds", "undecided here", "holds", ...Array(2).fill("undecided here")],
  );
  [0.005, 0.15, 0.04, 0.15, 0.15].forEach((p, i) =>
    assertAlmostEquals(stopped[i].p, p, 1e-4)
  );
});

Deno.test("a claim without a value is undecided, whatever its family", () => {
  const none = intervalOverReferences([1, NaN, 2], { n: 3 });
  const [first, second] = judge([{ ...none, rule: above(0, { margin: 9 }) }, {
    ...estimateAt(1, 0),
    rule: above(0),
  }]);
  assertEquals([first.p, first.verdict], [1, "undecided here"]);
  assertEquals([second.p, second.verdict], [0, "holds"]);
});
