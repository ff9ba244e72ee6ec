import { digitRows, type DigitSum } from "./digit_sum.ts";
import { type SequenceCorpus } from "./sequence_corpus.ts";

/**
 * Returns a corpus of rough answers: the further the sum is off, the rarer,
 *
 *     p(y | c) ∝ exp(-|sum(y) - target_c| / spread - lean y_1).
 *
 * With a spread of 3 a sixth of the answers are right, all alike: a policy that
 * learns from it has much to gain and diversity to lose. With a lean some right answers
 * are rarer than others, those with a large first digit: the optimum of KL-regularised
 * fine-tuning keeps those odds, and has few right answers itself.
 *
 * @param task The task.
 * @param options.spread How far off sums are, in units of the sum; positive.
 * @param options.lean By how many nats an answer is rarer for each unit of its first
 * digit, 0 or more; 0 when left out.
 * @returns The corpus.
 * @throws {RangeError} If the spread is not positive and finite, or the lean is
 * negative or not finite.
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
  { spread, lean = 0 }: { spread: number; lean?: number },
): SequenceCorpus {
  if (!(spread > 0 && spread < Infinity)) {
    throw new RangeError(
      `Expected spread to be positive and finite, got ${spread}`,
    );
  }
  if (!(lean >= 0 && lean < Infinity)) {
    throw new RangeError(
      `Expected lean to be 0 or more and finite, got ${lean}`,
    );
  }
  const rows = digitRows(task);
  const sums = rows.map((digits) => digits.reduce((a, b) => a + b));
  return {
    vocabulary: task.vocabulary,
    length: task.length,
    probabilities: task.targets.map((target) =>
      normalize(
        sums.map((sum, i) =>
          Math.exp(-Math.abs(sum - target) / spread - lean * rows[i][0])
        ),
      )
    ),
  };
}

function normalize(weights: number[]): number[] {
  const total = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / total);
}
