/**
 * How good each text is: a plain function of answers and of the prompts that they
 * answer, one of each, which may wait for something, such as a judge.
 */
export type TextReward = (
  texts: readonly string[],
  prompts: readonly string[],
) => number[] | Promise<number[]>;

/**
 * 1 for an answer that is a word of a list, and does not stand in its prompt already;
 * else 0. Spaces around it and upper case do not matter.
 *
 * @param words The words.
 * @returns The reward.
 * @throws {RangeError} If there is no word, or one is empty.
 *
 * @example
 * ```ts
 * import { wordList } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const prompt = "Animals:\n- a cow\n-";
 * const reward = wordList(["cow", "horse"]);
 * assertEquals(
 *   await reward([" Horse\n", "cow", "axe"], [prompt, prompt, prompt]),
 *   [1, 0, 0],
 * );
 * ```
 */
export function wordList(words: readonly string[]): TextReward {
  if (words.length === 0) throw new RangeError("Expected words, got none");
  const known = new Set(words.map(plain));
  if (known.has("")) throw new RangeError("Expected words, got an empty one");
  return (texts, prompts) =>
    texts.map((text, i) => {
      const word = plain(text);
      return Number(known.has(word) && !stands(word, plain(prompts[i])));
    });
}

/** Whether a word stands in a text, not as a part of another word. */
function stands(word: string, text: string): boolean {
  const letter = /[\p{L}\p{N}]/u;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const around = [text[at - 1] ?? "", text[at + word.length] ?? ""];
    if (!around.some((character) => letter.test(character))) return true;
  }
  return false;
}

const plain = (text: string) => text.trim().toLowerCase();

/**
 * 1 for an answer that is the right one of its prompt, or one of several; else 0.
 * Spaces around it do not matter.
 *
 * @param rightOf The right answers of a prompt.
 * @returns The reward.
 *
 * @example
 * ```ts
 * import { exactAnswer } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const reward = exactAnswer((prompt) => {
 *   const [a, b] = prompt.match(/\d+/g)!.map(Number);
 *   return [`${a + b}`];
 * });
 * assertEquals(await reward([" 5", "6"], ["2 + 3 =", "2 + 3 ="]), [1, 0]);
 * ```
 */
export function exactAnswer(
  rightOf: (prompt: string) => readonly string[],
): TextReward {
  return (texts, prompts) =>
    texts.map((text, i) => Number(rightOf(prompts[i]).includes(text.trim())));
}

/**
 * 1 for an answer that matches a regular expression, else 0.
 *
 * @param pattern The expression; anchor it (`^`, `$`) to match whole answers.
 * @returns The reward.
 * @throws {RangeError} If the expression is global or sticky: it would remember where it
 * stopped in the answer before.
 *
 * @example
 * ```ts
 * import { matches } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await matches(/^\s*\d+$/)([" 42", "many"], ["", ""]), [1, 0]);
 * ```
 */
export function matches(pattern: RegExp): TextReward {
  if (pattern.global || pattern.sticky) {
    throw new RangeError(
      `Expected pattern to be neither global nor sticky, got ${pattern}`,
    );
  }
  return (texts) => texts.map((text) => Number(pattern.test(text)));
}
