import { type LanguageModel } from "../pretrained/language/language_model.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import {
  askedNumbers,
  type HeardClip,
  heardEmbeddings,
  resultOf,
  spokenWords,
} from "./spoken_clips.ts";

/** What is asked of clips. */
export interface SpokenQuestion {
  /** What stands before what is heard, in writing: an example or two. */
  readonly example: string;
  /** What stands after it. */
  readonly after: string;
  /** The clips that training asks. */
  readonly clips: readonly HeardClip[];
  /** Clips that are measured only. */
  readonly heldOut: readonly HeardClip[];
  /** All answers that are told apart; any other is wrong. */
  readonly answers: readonly string[];
  /** Whether an answer is right after these words. */
  isRight(answer: string, words: readonly number[]): boolean;
}

const digits = [..."0123456789"];

/**
 * The questions: `sumsOfNumber`, any sum of two digits that makes the number that was
 * said, such as `3+4` of seven, of n + 1 right answers; `resultOfSum`, what the sum that
 * was said comes to, of one; and `workedSum`, the same, where the examples write the sum
 * out before they answer.
 *
 * @param clips From {@linkcode loadHeardClips}.
 * @returns The questions.
 *
 * @example
 * ```ts
 * import { loadHeardClips, spokenQuestions } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const { sumsOfNumber } = spokenQuestions(await loadHeardClips());
 * const right = sumsOfNumber.answers.filter((answer) =>
 *   sumsOfNumber.isRight(answer, [2])
 * );
 * assertEquals(right, ["0+2", "1+1", "2+0"]);
 * ```
 */
export function spokenQuestions(
  clips: readonly HeardClip[],
): Record<"sumsOfNumber" | "resultOfSum" | "workedSum", SpokenQuestion> {
  const of = (length: number) => {
    const own = clips.filter(({ words }) => words.length === length);
    return {
      clips: own.filter(({ heldOut }) => !heldOut),
      heldOut: own.filter(({ heldOut }) => heldOut),
    };
  };
  const result = {
    ...of(3),
    answers: digits,
    isRight: (answer: string, words: readonly number[]) =>
      Number(answer) === resultOf(words),
  };
  return {
    sumsOfNumber: {
      ...of(1),
      ...{ example: "5=2+3\n", after: "=" },
      answers: digits.flatMap((a) => digits.map((b) => `${a}+${b}`)),
      isRight: (answer, [number]) =>
        Number(answer[0]) + Number(answer[2]) === number,
    },
    resultOfSum: { ...result, example: "2+3=5\n9-1=8\n", after: "=" },
    workedSum: {
      ...{ ...result, example: "2+3: 2+3=5\n9-1: 9-1=8\n", after: ": " },
    },
  };
}

/**
 * The first question in writing, with its right answers.
 *
 * @param model A language model with a tokenizer.
 * @returns The prompt of each number in tokens, and its right answers in tokens.
 */
export function writtenLessons(
  model: LanguageModel,
): { prompt: number[]; right: number[][] }[] {
  const { example, after, answers, isRight } = spokenQuestions([]).sumsOfNumber;
  return askedNumbers.map((n) => ({
    prompt: encoded(model, `${example}${n}${after}`),
    right: answers.filter((answer) => isRight(answer, [n]))
      .map((answer) => encoded(model, answer)),
  }));
}

/** A question in the tokens of a language model; those after its vocabulary are heard. */
export interface AskedQuestion {
  /** What the tokens after the vocabulary stand for, `[n, width]`. */
  heard: Tensor;
  /** The prompt of each clip, those held out last. */
  prompts: number[][];
  /** The tokens of each answer, all of one length. */
  answers: number[][];
  /** 1 where an answer is right, `[C, A]`. */
  right: number[][];
}

/**
 * Asks a question: a prompt is the example, what was heard in a clip, and what stands
 * after it.
 *
 * @param model The language model with its tokenizer.
 * @param question The clips and the answers.
 * @returns The tokens; the caller disposes `heard`.
 * @throws {TypeError} If the model has no tokenizer.
 * @throws {RangeError} If a word is not one token, answers differ in length, there is no
 * clip to train on or to hold out, or one has no right answer.
 */
export function askQuestion(
  model: LanguageModel,
  { example, after, clips, heldOut, answers, isRight }: SpokenQuestion,
): AskedQuestion {
  if (clips.length === 0 || heldOut.length === 0) {
    throw new RangeError(
      `Expected clips to train on and clips held out, got ${clips.length} and ${heldOut.length}`,
    );
  }
  const all = [...clips, ...heldOut];
  const rows = answers.map((answer) => encoded(model, answer));
  const odd = rows.findIndex(({ length }) => length !== rows[0].length);
  if (odd > 0) {
    throw new RangeError(
      `Expected answers of ${rows[0].length} tokens, as "${
        answers[0]
      }" has, got "${answers[odd]}" of ${rows[odd].length}`,
    );
  }
  const right = all.map(({ words }) =>
    answers.map((answer) => Number(isRight(answer, words)))
  );
  const hopeless = right.findIndex((row) => !row.includes(1));
  if (hopeless >= 0) {
    throw new RangeError(
      `Expected a right answer to each clip, got none to "${
        all[hopeless].text
      }"`,
    );
  }
  const [before, behind] = [example, after].map((text) => encoded(model, text));
  let next = model.decoder.config.vocabulary;
  return {
    heard: tf.tidy(() => heardEmbeddings(all, wordEmbeddings(model))),
    prompts: all.map(({ heard }) => [
      ...before,
      ...heard.map(() => next++),
      ...behind,
    ]),
    answers: rows,
    right,
  };
}

/**
 * A language model's embeddings of {@linkcode spokenWords}.
 *
 * @returns `[12, width]`, which the caller disposes.
 * @throws {RangeError} If a word is not one token.
 */
export function wordEmbeddings(model: LanguageModel): Tensor {
  const ids = wordTokens(model);
  const table = model.decoder.weights["model.embed_tokens.weight"];
  return tf.tidy(() => tf.gather(table, tf.tensor1d(ids, "int32")));
}

/**
 * A language model's tokens of {@linkcode spokenWords}.
 *
 * @throws {RangeError} If a word is not one token.
 */
export function wordTokens(model: LanguageModel): number[] {
  return spokenWords.map(({ written }) => {
    const tokens = encoded(model, written);
    if (tokens.length === 1) return tokens[0];
    throw new RangeError(
      `Expected "${written}" to be one token of the language model, got ${tokens.length}`,
    );
  });
}

function encoded({ tokenizer }: LanguageModel, text: string): number[] {
  if (!tokenizer) {
    throw new TypeError("Expected a language model with a tokenizer, got none");
  }
  return tokenizer.encode(text);
}
