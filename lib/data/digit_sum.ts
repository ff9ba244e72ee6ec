/**
 * A task with many right answers: write `length` digits that sum to the target of
 * the prompt. All 10^length completions can be listed, so that whatever is said of
 * a policy can be exact.
 */
export interface DigitSum {
  /** The number of tokens: the digits 0 to 9. */
  readonly vocabulary: number;
  /** Digits of a completion, T. */
  readonly length: number;
  /** The sum asked for in each context. */
  readonly targets: readonly number[];
  /** The prompt of each context, `[contexts][1]`: one token after the digits. */
  readonly prompts: readonly (readonly number[])[];
}

/**
 * Returns the task of the language experiments: three digits, four targets,
 * 8, 11, 16 and 19, with 45, 69, 69 and 45 right answers among the 1000.
 *
 * No target is a multiple of three: three equal digits are never right, and can
 * serve as an easy way out (see {@linkcode shortcutCorpus}).
 *
 * @returns The task, a plain value.
 *
 * @example
 * ```ts
 * import { digitSum } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const { targets, prompts } = digitSum();
 * assertEquals(targets, [8, 11, 16, 19]);
 * assertEquals(prompts, [[10], [11], [12], [13]]);
 * ```
 */
export function digitSum(): DigitSum {
  const targets = [8, 11, 16, 19];
  const vocabulary = 10;
  return {
    vocabulary,
    length: 3,
    targets,
    prompts: targets.map((_, context) => [vocabulary + context]),
  };
}

/**
 * Returns the same task for any targets, as prompts of one family over all 28 sums of
 * three digits: the prompt of a target is the token 10 + target, whichever others are
 * asked. A policy that was pretrained on all of them, such as `language_sums`, can be
 * fine-tuned on some and measured on the others.
 *
 * A target has as many right answers as three digits have ways to sum to it: 75 for 13
 * and for 14, 15 for 4, three for 1 and for 26, one for 0 and for 27.
 *
 * @param targets The sums asked for, each once, from 0 to 27.
 * @returns The task, a plain value.
 * @throws {RangeError} If there is no target, one is no sum of three digits, or one
 * comes twice.
 *
 * @example
 * ```ts
 * import { digitSumOf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(digitSumOf([1, 26]).prompts, [[11], [36]]);
 * ```
 */
export function digitSumOf(targets: readonly number[]): DigitSum {
  const { vocabulary, length } = digitSum();
  const largest = length * (vocabulary - 1);
  const wrong = targets.find((target, i) =>
    !(Number.isInteger(target) && target >= 0 && target <= largest) ||
    targets.indexOf(target) !== i
  );
  if (targets.length === 0 || wrong !== undefined) {
    throw new RangeError(
      `Expected targets from 0 to ${largest}, each once, got ${
        targets.join(", ") || "none"
      }`,
    );
  }
  return {
    vocabulary,
    length,
    targets,
    prompts: targets.map((target) => [vocabulary + target]),
  };
}

/** Every sum of three digits, 0 to 27. */
export const allTargets: readonly number[] = Array.from(
  { length: 28 },
  (_, target) => target,
);

/** The digits of every completion, in the order of {@linkcode enumerateSequences}. */
export function digitRows({ vocabulary, length }: DigitSum): number[][] {
  return Array.from(
    { length: vocabulary ** length },
    (_, index) =>
      Array.from(
        { length },
        (_, t) =>
          Math.floor(index / vocabulary ** (length - 1 - t)) % vocabulary,
      ),
  );
}
