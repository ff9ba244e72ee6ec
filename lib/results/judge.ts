import jstat from "jstat";
import { intervalAt } from "./references.ts";
import type { Rule, Verdict } from "./rules.ts";
import type { Estimate } from "./statistics.ts";

/** The chance of a wrong finding that a family of claims has, and the kit's intervals. */
export const familyLevel = 0.05;

/** An estimate and what is claimed of it. */
export type Measured = Estimate & { readonly rule: Rule };

/** What is judged of it. */
export interface Judged {
  /** The rule as text. */
  readonly rule: string;
  /**
   * The least level of the family at which the claim is decided, Holm's adjusted
   * p-value; `NaN` of an interval over seeds, which is known at one level only.
   */
  readonly p: number;
  readonly verdict: Verdict;
}

/**
 * Judges the claims of one family, from their intervals alone: each holds, does not hold,
 * differs by less than its margin, or is left open and is undecided here.
 *
 * A family is judged by Holm's steps: of the `m` claims that are still open, those that
 * their intervals at level `0.05 / m` decide are decided, and so on with the others.
 * The chance of one wrong finding or more in a family, of whatever kind, is at most
 * 5%, up to how well the intervals keep their level;
 * `tests/results/false_decisions_test.ts` counts it. Holm, "A Simple Sequentially
 * Rejective Multiple Test Procedure", Scandinavian Journal of Statistics 6 (1979); of
 * findings that have a direction, Shaffer, Annals of Statistics 8 (1980).
 * Deviates from Holm: the hypothesis that a claim's p-value rejects is "this interval
 * leaves the claim open".
 *
 * A claim alone is a family of one, judged by its 95% interval as it stands.
 *
 * @param family Estimates and rules, beside whatever else the rows have.
 * @returns The same rows in their order, with the rule as text, the adjusted p-value and
 * the verdict.
 * @throws {RangeError} If a family of several has an estimate that is not over references.
 *
 * @example
 * ```ts
 * import { above, judge } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const gain = { claim: "ADRPO gains", value: 0.2, low: -0.1, high: 0.5, n: 5 };
 * const [judged] = judge([{ ...gain, rule: above(0) }]);
 * assertEquals(judged.verdict, "undecided here");
 * ```
 */
export function judge<Row extends Measured>(
  family: readonly Row[],
): (Omit<Row, "rule"> & Judged)[] {
  if (family.length === 1 && !isOverReferences(family[0])) {
    const [{ rule, ...row }] = family;
    const verdict = verdictOf(rule, row.low, row.high);
    return [{ ...row, rule: rule.text, p: NaN, verdict }];
  }
  const open = family.map((row, place) => {
    if (!isOverReferences(row)) {
      throw new RangeError(
        `Cannot judge ${family.length} claims together: expected estimates over references, got an interval that is known at one level only; do the rows have a column reference?`,
      );
    }
    return { place, row, p: pValue(row) };
  }).toSorted((a, b) => a.p - b.p);
  const judged: (Omit<Row, "rule"> & Judged)[] = [];
  let adjusted = 0;
  open.forEach(({ place, row: { rule, ...row }, p }, decided) => {
    const stillOpen = open.length - decided;
    adjusted = Math.max(adjusted, Math.min(1, stillOpen * p));
    const verdict = adjusted <= familyLevel
      ? verdictOf(rule, ...intervalAt(row as Overall, familyLevel / stillOpen))
      : "undecided here";
    judged[place] = { ...row, rule: rule.text, p: adjusted, verdict };
  });
  return judged;
}

type Overall = Required<Estimate>;

function isOverReferences(row: Estimate): row is Overall {
  return row.standardError !== undefined && row.df !== undefined;
}

/** The least level at which an interval over references decides. */
function pValue(
  { value, standardError, df, rule }: Overall & Measured,
): number {
  if (!Number.isFinite(standardError)) return 1;
  const room = rule.room(value);
  if (standardError === 0) return room > 0 ? 0 : 1;
  return Math.min(1, 2 * jstat.studentt.cdf(-room / standardError, df));
}

function verdictOf(rule: Rule, low: number, high: number): Verdict {
  if (rule.same?.(low, high)) return "no difference";
  if (rule.holds(low, high)) return "holds";
  return rule.fails(low, high) ? "does not hold" : "undecided here";
}
