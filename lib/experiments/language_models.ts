import { join } from "node:path";
import { dataDir, writeBytes } from "../data/files.ts";
import { digitSum } from "../data/digit_sum.ts";
import { roughCorpus } from "../data/rough_corpus.ts";
import { decodeSafetensors, encodeSafetensors } from "../data/safetensors.ts";
import { type SequenceCorpus } from "../data/sequence_corpus.ts";
import { shortcutCorpus } from "../data/shortcut_corpus.ts";
import { gpt } from "../models/gpt.ts";
import { type Params } from "../models/params.ts";

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

const pathOf = (name: LanguagePolicyName) =>
  join(dataDir, "models", `language_${name}.safetensors`);

/**
 * Reads the parameters of a pretrained policy from `data/models`.
 *
 * @param name Which one.
 * @returns The parameters of one member, which the caller disposes.
 *
 * @example
 * ```ts
 * import { countMembers, disposeParams, loadLanguagePolicy } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const params = await loadLanguagePolicy("rough");
 * assertEquals(countMembers(params), 1);
 * disposeParams(params);
 * ```
 */
export async function loadLanguagePolicy(
  name: LanguagePolicyName,
): Promise<Params> {
  return decodeSafetensors(await Deno.readFile(pathOf(name))).tensors;
}

/**
 * Writes the parameters of a pretrained policy, all or nothing.
 *
 * @param name Which one.
 * @param params The parameters of one member; they stay.
 * @param metadata How they were made, as text.
 */
export async function saveLanguagePolicy(
  name: LanguagePolicyName,
  params: Params,
  metadata: Record<string, string>,
): Promise<void> {
  await writeBytes(pathOf(name), await encodeSafetensors(params, metadata));
}
