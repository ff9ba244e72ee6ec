/** What an interval says of a claim. */
export type Verdict =
  | "holds"
  | "does not hold"
  | "no difference"
  | "undecided here";

/** When an interval decides a claim, and which way. */
export interface Rule {
  /** The rule as it is written in tables, such as `"> 0"`. */
  readonly text: string;
  /** Whether the whole interval agrees with the claim. */
  readonly holds: (low: number, high: number) => boolean;
  /** Whether the whole interval disagrees with the claim. */
  readonly fails: (low: number, high: number) => boolean;
  /** Whether the whole interval is nearer to the threshold than the margin. */
  readonly same?: (low: number, high: number) => boolean;
  /** How far to both sides of a value an interval may reach and still decide. */
  readonly room: (value: number) => number;
}

/** What differs in a rule from a bare threshold. */
export interface RuleOptions {
  /**
   * The least difference from the threshold that matters, in units of the statistic and
   * above 0. A statistic that is surely nearer than that is told as "no difference".
   */
  margin?: number;
}

/**
 * The claim that a statistic is greater than a threshold.
 *
 * With a margin there are three findings beside "undecided": it is greater, it is less,
 * or it is no further from the threshold than the margin, which goes first where a
 * difference is both sure and too small to matter. All of them are right whenever the
 * interval has the true value in it. Goeman, Solari and Stijnen, "Three-sided Hypothesis
 * Testing", Statistics in Medicine 29 (2010); "no difference" is Schuirmann's two
 * one-sided tests (1987). Deviates from both: each of its tests has half the level, so
 * that one interval shows all.
 *
 * @param threshold The value to exceed.
 * @param options The margin, if a difference can be too small to matter.
 * @returns The rule: holds if the whole interval is above, fails if none is.
 * @throws {RangeError} If the margin is not above 0.
 *
 * @example
 * ```ts
 * import { above } from "kit";
 * import { assert } from "@std/assert";
 *
 * assert(above(0).holds(0.1, 0.4));
 * assert(above(0).fails(-0.2, 0));
 * assert(above(0, { margin: 0.5 }).same?.(-0.2, 0.1));
 * ```
 */
export function above(
  threshold: number,
  { margin }: RuleOptions = {},
): Rule {
  return {
    text: `> ${threshold}${marginText(margin)}`,
    holds: (low) => low > threshold,
    fails: (_low, high) => high <= threshold,
    ...around(threshold, margin),
  };
}

/**
 * The claim that a statistic is less than a threshold; with a margin as in
 * {@linkcode above}.
 *
 * @param threshold The value to stay under.
 * @param options The margin, if a difference can be too small to matter.
 * @returns The rule: holds if the whole interval is below, fails if none is.
 * @throws {RangeError} If the margin is not above 0.
 *
 * @example
 * ```ts
 * import { below } from "kit";
 * import { assert } from "@std/assert";
 *
 * assert(below(1).holds(0.1, 0.4));
 * ```
 */
export function below(
  threshold: number,
  { margin }: RuleOptions = {},
): Rule {
  return {
    text: `< ${threshold}${marginText(margin)}`,
    holds: (_low, high) => high < threshold,
    fails: (low) => low >= threshold,
    ...around(threshold, margin),
  };
}

const marginText = (margin?: number) =>
  margin === undefined ? "" : `, margin ${margin}`;

/** What the rules of a threshold share. */
function around(
  threshold: number,
  margin?: number,
): Pick<Rule, "same" | "room"> {
  if (margin === undefined) {
    return { room: (value) => Math.abs(value - threshold) };
  }
  if (!(margin > 0)) {
    throw new RangeError(`Expected margin to be above 0, got ${margin}`);
  }
  return {
    same: (low, high) => low > threshold - margin && high < threshold + margin,
    room: (value) => {
      const off = Math.abs(value - threshold);
      return Math.max(off, margin - off);
    },
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
    room: (value) => {
      const inside = Math.min(value - min, max - value);
      return inside >= 0 ? inside : Math.max(min - value, value - max);
    },
  };
}
