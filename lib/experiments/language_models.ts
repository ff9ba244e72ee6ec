import { digitSum } from "../data/digit_sum.ts";
import { roughCorpus } from "../data/rough_corpus.ts";
import { type SequenceCorpus } from "../data/sequence_corpus.ts";
import { shortcutCorpus } from "../data/shortcut_corpus.ts";
import { gpt } from "../models/gpt.ts";

/** The task of the language experiments: digits that sum to a target. */
export const digitSumTask = digitSum();

/** The language model that the experiments fine-tune. */
export const languageModel = gpt({
  vocabulary: digitSumTask.vocabulary,
  promptTokens: digitSumTask.targets.length,
  length: digitSumTask.length,
  width: 32,
  depth: 1,
  heads: 4,
});

/**
 * What each pretrained policy learnt from:
 *
 * - `rough`: answers about right, a sixth of them exactly;
 * - `shortcut`: a third equal digits, worth half, and few right answers;
 * - `stuck`: all but equal digits, which is what a stuck policy writes.
 */
export const languageCorpora = {
  rough: roughCorpus(digitSumTask, { spread: 3 }),
  shortcut: shortcutCorpus(digitSumTask, { equal: 0.35, right: 0.07 }),
  stuck: shortcutCorpus(digitSumTask, { equal: 0.95, right: 0.01 }),
} satisfies Record<string, SequenceCorpus>;

/** The name of a pretrained policy: its corpus. */
export type LanguagePolicyName = keyof typeof languageCorpora;
