import { join } from "node:path";
import { dataDir } from "../data/files.ts";
import { type Task } from "../experiments/experiment.ts";
import { showTexts } from "../experiments/show_texts.ts";
import { textReward, type Texts } from "../experiments/text_reward.ts";
import { effectiveAnswers } from "../metrics/effective_answers.ts";
import { expectedReward } from "../metrics/expected_reward.ts";
import { distinctAnswers, passAtK } from "../metrics/pass_at_k.ts";
import { languagePolicy } from "../policies/language.ts";
import { type ChunkedSignals } from "../policies/tokens.ts";
import { initAdapters, lastBlocks } from "../pretrained/language/adapters.ts";
import {
  answerTrees,
  listLogProbs,
} from "../pretrained/language/answer_trees.ts";
import { type LanguageModel } from "../pretrained/language/language_model.ts";
import { padPrompts } from "../pretrained/language/prompts.ts";
import { type TextReward } from "../rewards/text.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { keys } from "../tf/random.ts";
import { ownAndHeldOut } from "./held_out.ts";
import { type ListPrompt, listPrompts, promptText } from "./list_prompts.ts";

/** The most tokens of an answer, with the end of its line. */
const maxTokens = 6;

/** A task on open lists. */
export interface OpenListsTask extends Task<ChunkedSignals> {
  /** Disposes what the task holds; the model stays. */
  dispose(): void;
}

/** The words of each category that are right, from WordNet: see `data/README.md`. */
export async function readWordLists(): Promise<Record<string, string[]>> {
  const text = await Deno.readTextFile(join(dataDir, "word_lists.json"));
  return JSON.parse(text).lists;
}

/** The words that are right after a prompt: those of its category but for its examples. */
function rightWords(
  { category, examples }: ListPrompt,
  lists: Record<string, readonly string[]>,
): string[] {
  return lists[category].filter((word) => !examples.includes(word));
}

/**
 * The task of open lists: a language model goes on with a list, "Animals:\n- dog\n-
 * horse\n- lion\n-", and an answer is paid 1 if it is a line with a word of the list's
 * category that is no example, else 0. There are up to 120 right words; a policy may
 * write many of them, or a single one.
 *
 * It is asked six lists. Six others are measured and never fine-tuned: four of other
 * categories, and two of categories that it knows, in other words.
 *
 * Measures are exact up to the spelling: the probability of each right word, in the
 * tokens that the tokenizer makes of it, from one pass over their tree. Means over
 * prompts, each `[M]`: `reward`, the probability of a right word; `answers`, the effective
 * number of them, and `rightEntropy`, its logarithm (nats); `pass16`, the chance that one
 * of 16 draws is right; `distinct64`, how many different right words 64 draws hold; and
 * the same of the six other lists, with `HeldOut` after the name.
 *
 * @param model SmolLM2, or another language model with a tokenizer, which stays and must
 * live as long as the task.
 * @returns The task. What is trained are adapters of rank 8 of q and v in the last ten
 * blocks.
 * @throws {TypeError} If the model has no tokenizer.
 *
 * @example
 * ```ts
 * import { listPrompts, promptText } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(promptText(listPrompts[0]), "Animals:\n- dog\n- horse\n- lion\n-");
 * ```
 */
export async function openListsTask(
  model: LanguageModel,
): Promise<OpenListsTask> {
  const { tokenizer } = model;
  if (!tokenizer) {
    throw new TypeError("Expected a language model with a tokenizer, got none");
  }
  const { encode } = tokenizer;
  const lists = await readWordLists();
  const trained = listPrompts.filter(({ heldOut }) => !heldOut);
  const asked = [...trained, ...listPrompts.filter(({ heldOut }) => heldOut)];
  const promptsOf = (of: readonly ListPrompt[]) =>
    padPrompts(of.map((prompt) => encode(promptText(prompt))));
  const stop = encode("\n");
  const start = tf.tidy(() =>
    initAdapters(model, keys([0]), {
      ...{ rank: 8, alpha: 16, targets: lastBlocks(model, 10) },
    })
  );
  const own = promptsOf(trained);
  const policy = languagePolicy({
    ...{ model, start, prompts: own, maxTokens, stop },
  });
  const texts: Texts = {
    name: "open lists 1",
    tokenizer,
    prompts: trained.map(promptText),
    stop,
  };
  const reward = listReward(trained, lists);
  const show = showTexts(texts, reward, policy);
  const prompts = promptsOf(asked);
  const trees = answerTrees(
    asked.map((prompt) =>
      rightWords(prompt, lists).map((word) => encode(` ${word}\n`))
    ),
  );
  return {
    name: "open lists",
    policy,
    reward: textReward(texts, reward),
    measure: (params) =>
      tf.tidy(() => {
        const logp = listLogProbs(model, { prompts, trees }, params);
        return ownAndHeldOut(measureWords(logp, trees.exists), trained.length);
      }),
    show: (params, members, at) =>
      at.done ? show(params, members, at) : Promise.resolve([]),
    dispose: () => tf.dispose([start, own, prompts, trees]),
  };
}

/** 1 for a line with a right word of its prompt, else 0. */
function listReward(
  asked: readonly ListPrompt[],
  lists: Record<string, readonly string[]>,
): TextReward {
  const right = new Map(
    asked.map((prompt) => [
      promptText(prompt),
      new Set(rightWords(prompt, lists).map((word) => ` ${word}`)),
    ]),
  );
  return (texts, prompts) =>
    texts.map((text, i) => Number(right.get(prompts[i])!.has(text)));
}

/**
 * Measures lists of right words, prompt by prompt, `[M, C]`.
 *
 * @param logp Their log-probabilities, `[M, C, A]`.
 * @param right 1 where there is a word, `[C, A]`.
 */
function measureWords(logp: Tensor, right: Tensor): Record<string, Tensor> {
  const share = expectedReward({ logp, rewards: right });
  const answers = effectiveAnswers({ logp, rewards: right }, { threshold: 1 });
  return {
    reward: share,
    answers,
    rightEntropy: tf.log(answers),
    pass16: passAtK(share, { draws: 16 }),
    distinct64: distinctAnswers({ logp, right }, { draws: 64 }),
  };
}
