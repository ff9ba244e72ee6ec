import { countMembers, type Params } from "../models/params.ts";
import { languagePolicy } from "../policies/language.ts";
import { generate } from "../pretrained/language/generate.ts";
import {
  type LanguageModel,
  withHeard,
} from "../pretrained/language/language_model.ts";
import { padPrompts } from "../pretrained/language/prompts.ts";
import { topK } from "../samplers/top_k.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { assertKnown } from "../tf/check.ts";
import { keys } from "../tf/random.ts";
import { ownAndHeldOut } from "./held_out.ts";
import { type SpokenTask, type SpokenTaskOptions } from "./spoken_numbers.ts";
import {
  askQuestion,
  type SpokenQuestion,
  wordTokens,
} from "./spoken_questions.ts";

/** What a task of sums is called, where training starts, and what may be written first. */
export interface WorkedSumOptions extends SpokenTaskOptions {
  /** Tokens that are written before the answer, as the model likes; none is 0. */
  wordsFirst: number;
}

/**
 * The task of answering a spoken sum, after some words of the model's own: the last of
 * T = `wordsFirst` + 1 tokens is the answer. It pays 1 if it is the right digit, else 0;
 * what stands before it is neither paid nor punished.
 *
 * @param model The language model with its tokenizer, which is the reference; it stays.
 * @param question What is asked, with answers of one token; see {@linkcode spokenQuestions}.
 * @param options The task's name, where training starts, and the words.
 * @returns The task. Its measures are means over the clips: `reward`, of as many draws as
 * evaluations take; `accuracy`, the share of right answers where the likeliest token is
 * written each time; and `repeated`, the share of these whose first words are the sum that
 * was said, NaN where there is no room for it. Each is measured on the clips held out too,
 * with `HeldOut` after its name.
 * @throws {TypeError} If the model has no tokenizer, or an option has an unknown name.
 * @throws {RangeError} If the question cannot be asked: see {@linkcode SpokenQuestion}.
 *
 * @example
 * ```ts ignore
 * import { loadHeardClips, loadSpokenReference, spokenQuestions, workedSumTask } from "kit";
 *
 * const { base, start } = await loadSpokenReference(pathOfSmolLM2);
 * const { workedSum } = spokenQuestions(await loadHeardClips());
 * const task = workedSumTask(base, workedSum, { name: "worked", start, wordsFirst: 4 });
 * ```
 */
export function workedSumTask(
  model: LanguageModel,
  question: SpokenQuestion,
  options: WorkedSumOptions,
): SpokenTask {
  assertKnown("the options of workedSumTask", options, [
    ...["name", "title", "start", "wordsFirst"],
  ]);
  const { name, title, start, wordsFirst } = options;
  const { heard, prompts, answers, right } = askQuestion(model, question);
  const listening = withHeard(model, heard);
  const count = question.clips.length;
  const maxTokens = wordsFirst + 1;
  const trained = padPrompts(prompts.slice(0, count));
  const list = padPrompts(prompts);
  const tokens = wordTokens(model);
  const known = tf.tidy(() => ({
    /** The right token of each clip, `[C, 1]`. */
    right: tf.tensor2d(right.map((row) => answers[row.indexOf(1)])) as Tensor,
    /** The tokens of what was said, `[C, 3]`. */
    said: tf.tensor2d(
      [...question.clips, ...question.heldOut].map(({ words }) =>
        words.map((word) => tokens[word])
      ),
    ) as Tensor,
  }));

  /** Draws n answers to every clip, `[M, C, n, T]`; the same noise for each member. */
  const answer = (params: Params, n: number, greedy: boolean) => {
    const members = countMembers(params);
    const own = keys(
      prompts.flatMap((_, c) => Array.from({ length: n }, (_, i) => c * n + i)),
    );
    const { tokens } = generate(
      listening,
      {
        prompts: list,
        keys: tf.tile(own, [members, 1]),
        adapters: params,
      },
      { maxTokens, answers: n, choices: greedy ? [topK(1)] : [] },
    );
    return tf.reshape(tf.cast(tokens, "float32"), [
      ...[members, prompts.length, n, maxTokens],
    ]);
  };
  return {
    ...{ name, title },
    policy: languagePolicy({
      ...{ model: listening, prompts: trained, start, maxTokens },
    }),
    reward: (drawn, c) =>
      tf.tidy(() => {
        // Not gathered: the native kernel reads the indices back.
        const asked = tf.cast(tf.oneHot(c, count), "float32");
        const expected = tf.matMul(asked, tf.slice(known.right, 0, count));
        const last = tf.slice(drawn, [0, 0, wordsFirst]); // [M, N, 1]
        const equal = tf.equal(tf.cast(last, "float32"), expected);
        return tf.squeeze(tf.cast(equal, "float32"), [2]);
      }),
    measure: (params, { samples }) =>
      tf.tidy(() => {
        const likeliest = answer(params, 1, true);
        return ownAndHeldOut({
          reward: shareRight(answer(params, samples, false), known.right),
          accuracy: shareRight(likeliest, known.right),
          repeated: shareRepeated(likeliest, known.said),
        }, count);
      }),
    dispose: () => tf.dispose([heard, trained, list, { ...known }]),
  };
}

/** How many of the answers `[M, C, n, T]` end with the right token `[C, 1]`: `[M, C]`. */
export function shareRight(answers: Tensor, right: Tensor): Tensor {
  const last = tf.slice(answers, [0, 0, 0, answers.shape[3]! - 1]);
  const equal = tf.equal(last, tf.expandDims(right, 1));
  return tf.mean(tf.cast(equal, "float32"), [2, 3]);
}

/** How many of the answers `[M, C, n, T]` begin with what was said, `[C, W]`: `[M, C]`. */
export function shareRepeated(answers: Tensor, said: Tensor): Tensor {
  const [members, clips, , length] = answers.shape as number[];
  const words = said.shape[1]!;
  if (length <= words) return tf.fill([members, clips], NaN);
  const first = tf.slice(answers, [0, 0, 0, 0], [-1, -1, -1, words]);
  const equal = tf.equal(first, tf.expandDims(said, 1));
  return tf.mean(tf.min(tf.cast(equal, "float32"), -1), -1);
}
