import { digitRows, type DigitSum } from "./digit_sum.ts";
import { type SequenceCorpus } from "./sequence_corpus.ts";

/**
 * Returns a corpus of rough answers: the further the sum is off, the rarer,
 *
 *     p(y | c) ∝ exp(-|sum(y) - target_c| / spread).
 *
 * With a spread of 3 a sixth of the answers are right, all alike: a policy that
 * learns from it has much to gain and diversity to lose.
 *
 * @param task The task.
 * @param options.spread How far off sums are, in units of the sum; positive.
 * @returns The corpus.
 * @throws {RangeError} If the spread is not positive and finite.
 *
 * @example
 * ```ts
 * import { digitSum, roughCorpus } from "kit";
 * import { assert } from "@std/assert";
 *
 * const { probabilities } = roughCorpus(digitSum(), { spread: 3 });
 * const [right, wrong] = [probabilities[0][800], probabilities[0][900]];
 * assert(Math.abs(right / wrong - Math.exp(1 / 3)) < 1e-9);
 * ```
 */
export function roughCorpus(
  task: DigitSum,
  { spread }: { spread: number },
): SequenceCorpus {
  if (!(spread > 0 && spread < Infinity)) {
    throw new RangeError(
      `Expected spread to be positive and finite, got ${spread}`,
    );
  }
  const sums = digitRows(task).map((digits) => digits.reduce((a, b) => a + b));
  return {
    vocabulary: task.vocabulary,
    length: task.length,
    probabilities: task.targets.map((target) =>
      normalize(sums.map((sum) => Math.exp(-Math.abs(sum - target) / spread)))
    ),
  };
}

function normalize(weights: number[]): number[] {
  const total = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / total);
}
