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
