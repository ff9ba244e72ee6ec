import { digitRows, type DigitSum } from "./digit_sum.ts";
import { type SequenceCorpus } from "./sequence_corpus.ts";

/**
 * Returns a corpus with an easy way out: equal digits, such as 444, a few right
 * answers, and anything else, each kind spread evenly.
 *
 * With {@linkcode shortcutReward} equal digits are a mediocre, frequent mode and
 * right answers a better, rare one. The shares decide how hard the task is: at 35%
 * equal and 4% right a policy can find the way; at 98% equal it starts stuck.
 *
 * @param task The task.
 * @param shares.equal The share of equal digits in each context, in (0, 1).
 * @param shares.right The share of right answers in each context, in (0, 1).
 * @returns The corpus.
 * @throws {RangeError} If a share is not in (0, 1), their sum is not below 1, or
 * equal digits are right for a target.
 *
 * @example
 * ```ts
 * import { digitSum, shortcutCorpus } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const corpus = shortcutCorpus(digitSum(), { equal: 0.35, right: 0.04 });
 * assertAlmostEquals(corpus.probabilities[0][444], 0.35 / 10, 1e-12);
 * ```
 */
export function shortcutCorpus(
  task: DigitSum,
  { equal, right }: { equal: number; right: number },
): SequenceCorpus {
  for (const [name, share] of Object.entries({ equal, right })) {
    if (!(share > 0 && share < 1)) {
      throw new RangeError(`Expected ${name} in (0, 1), got ${share}`);
    }
  }
  if (equal + right >= 1) {
    throw new RangeError(
      `Expected equal and right to sum to less than 1, got ${equal + right}`,
    );
  }
  const bad = task.targets.find((target) => target % task.length === 0);
  if (bad !== undefined) {
    throw new RangeError(
      `Expected targets that equal digits never reach, got ${bad}`,
    );
  }
  const shares = { equal, right, other: 1 - equal - right };
  return {
    vocabulary: task.vocabulary,
    length: task.length,
    probabilities: task.targets.map((target) => {
      const kinds = digitRows(task).map((digits) => kindOf(digits, target));
      const each = Object.fromEntries(
        Object.entries(shares).map(([kind, share]) => [
          kind,
          share / kinds.filter((other) => other === kind).length,
        ]),
      );
      return kinds.map((kind) => each[kind]);
    }),
  };
}

function kindOf(digits: number[], target: number): "equal" | "right" | "other" {
  if (digits.every((digit) => digit === digits[0])) return "equal";
  return digits.reduce((a, b) => a + b) === target ? "right" : "other";
}
