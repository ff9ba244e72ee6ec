import type { Estimate } from "./bootstrap.ts";

/** What an interval says of a claim. */
export type Verdict = "holds" | "does not hold" | "undecided here";

/** When an interval decides that a claim holds, or that it does not. */
export interface Rule {
  /** The rule as it is written in tables, such as `"> 0"`. */
  readonly text: string;
  /** Whether the whole interval agrees with the claim. */
  readonly holds: (low: number, high: number) => boolean;
  /** Whether the whole interval disagrees with the claim. */
  readonly fails: (low: number, high: number) => boolean;
}

/** A claim of a paper, and the number that decides it. */
export interface Claim extends Estimate {
  /** The claim in a sentence. */
  readonly claim: string;
  /** Where it is made: paper and place. */
  readonly source: string;
  /** What was measured, with its unit. */
  readonly statistic: string;
  /** What the interval must show. */
  readonly rule: Rule;
}

/**
 * The claim that a statistic is greater than a threshold.
 *
 * @param threshold The value to exceed.
 * @returns The rule: holds if the whole interval is above, fails if none is.
 *
 * @example
 * ```ts
 * import { above } from "kit";
 * import { assert } from "@std/assert";
 *
 * assert(above(0).holds(0.1, 0.4));
 * assert(above(0).fails(-0.2, 0));
 * ```
 */
export function above(threshold: number): Rule {
  return {
    text: `> ${threshold}`,
    holds: (low) => low > threshold,
    fails: (_low, high) => high <= threshold,
  };
}

/**
 * The claim that a statistic is less than a threshold.
 *
 * @param threshold The value to stay under.
 * @returns The rule: holds if the whole interval is below, fails if none is.
 *
 * @example
 * ```ts
 * import { below } from "kit";
 * import { assert } from "@std/assert";
 *
 * assert(below(1).holds(0.1, 0.4));
 * ```
 */
export function below(threshold: number): Rule {
  return {
    text: `< ${threshold}`,
    holds: (_low, high) => high < threshold,
    fails: (low) => low >= threshold,
  };
}

/**
 * The claim that a statistic lies in a range, such as a difference that is
 * negligible.
 *
 * @param min The range's lower end.
 * @param max The range's upper end.
 * @returns The rule: holds if the whole interval is inside, fails if all of it is
 * outside.
 *
 * @example
 * ```ts
 * import { within } from "kit";
 * import { assert } from "@std/assert";
 *
 * assert(within(-0.1, 0.1).holds(-0.05, 0.1));
 * assert(within(-0.1, 0.1).fails(0.2, 0.3));
 * ```
 */
export function within(min: number, max: number): Rule {
  return {
    text: `in [${min}, ${max}]`,
    holds: (low, high) => low >= min && high <= max,
    fails: (low, high) => low > max || high < min,
  };
}

/** A judged claim, as a row of the table of verdicts. */
export type VerdictRow = {
  readonly claim: string;
  readonly source: string;
  readonly statistic: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
  readonly rule: string;
  readonly verdict: Verdict;
};

/**
 * Judges a claim from its interval alone: it holds, it does not hold, or the
 * interval leaves both open and it is undecided here.
 *
 * @param claim The claim with its measured interval.
 * @returns A row for the table of verdicts.
 *
 * @example
 * ```ts
 * import { above, judge } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const { verdict } = judge({
 *   claim: "ADRPO is more diverse at equal reward",
 *   source: "ADRPO, Table 1",
 *   statistic: "entropy at reward 0.8, ADRPO minus ORW (nats)",
 *   value: 0.2,
 *   low: -0.1,
 *   high: 0.5,
 *   n: 5,
 *   rule: above(0),
 * });
 * assertEquals(verdict, "undecided here");
 * ```
 */
export function judge(
  { claim, source, statistic, value, low, high, n, rule }: Claim,
): VerdictRow {
  const verdict = rule.holds(low, high)
    ? "holds"
    : rule.fails(low, high)
    ? "does not hold"
    : "undecided here";
  return {
    claim,
    source,
    statistic,
    value,
    low,
    high,
    n,
    rule: rule.text,
    verdict,
  };
}
