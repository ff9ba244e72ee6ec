import {
  allTargets,
  type DigitSum,
  digitSum,
  digitSumOf,
} from "../data/digit_sum.ts";
import { roughCorpus } from "../data/rough_corpus.ts";
import { type SequenceCorpus } from "../data/sequence_corpus.ts";
import { shortcutCorpus } from "../data/shortcut_corpus.ts";
import { sequenceLogProbs } from "../metrics/sequence_log_probs.ts";
import { gpt } from "../models/gpt.ts";
import { type Params } from "../models/params.ts";
import { loadPretrained } from "../models/pretrained.ts";
import { type TokenModel } from "../models/token_model.ts";
import { askEach } from "../policies/tokens.ts";
import { type Tensor, tf } from "../tf/backend.ts";

/** The prompts and the answers of the language tasks: digits that sum to a target. */
export const digitSums: DigitSum = digitSum();

/** The language model of digit sums of a width: one block of four heads. */
export function digitModel(
  { width, promptTokens }: { width: number; promptTokens: number },
): TokenModel {
  const { vocabulary, length } = digitSums;
  return gpt({ vocabulary, promptTokens, length, width, depth: 1, heads: 4 });
}

/** The language model that the language tasks fine-tune, of the usual width. */
export const languageModel: TokenModel = digitModel({
  width: 32,
  promptTokens: digitSums.targets.length,
});

/**
 * The language model that parameters are of: its width and the prompts that it reads
 * follow from their shapes.
 *
 * @param params Parameters of a language model of digit sums, of M members.
 * @param sums What it is to be asked.
 * @returns The model.
 * @throws {TypeError} If they are no such parameters.
 * @throws {RangeError} If a prompt has a token that the model does not read.
 *
 * @example
 * ```ts
 * import { digitSums, languageModelOf, loadPretrained, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const narrow = await loadPretrained("language_rough_w8");
 * const { logits } = languageModelOf(narrow, digitSums);
 * const next = tf.tidy(() => logits(narrow, tf.tensor3d([[[10]]], [1, 1, 1], "int32")));
 * assertEquals(next.shape, [1, 1, 1, 10]);
 * tf.dispose([narrow, next]);
 * ```
 */
export function languageModelOf(params: Params, sums: DigitSum): TokenModel {
  const shape = params["token/embedding"]?.shape;
  if (shape?.length !== 3) {
    throw new TypeError(
      `Expected parameters of a language model, with token/embedding of shape [M, tokens, width], got ${
        shape ? `[${shape}]` : Object.keys(params).join(", ")
      }`,
    );
  }
  const [, readable, width] = shape;
  const unread = sums.prompts.flat().find((token) => token >= readable);
  if (unread !== undefined) {
    throw new RangeError(
      `Expected a policy that was pretrained on the prompts, such as language_sums for those of digitSumOf: this one reads the tokens 0 to ${
        readable - 1
      }, got ${unread}`,
    );
  }
  return digitModel({ width, promptTokens: readable - sums.vocabulary });
}

/**
 * The log-probability of every completion to every prompt, exactly.
 *
 * @param params Parameters of M members.
 * @param sums What they are asked.
 * @returns `[M, C, S]` in nats, which the caller disposes; the gradient reaches
 * `params`.
 */
export function exactLogProbs(params: Params, sums: DigitSum): Tensor {
  const { prompts, length } = sums;
  return tf.tidy(() =>
    sequenceLogProbs(
      languageModelOf(params, sums),
      { params, prompts: askEach(prompts) },
      { length },
    )
  );
}

const sharesOfShortcut = (equal: number, right: number) =>
  shortcutCorpus(digitSums, { equal, right });

type CorpusName =
  | "rough"
  | "sums"
  | "shortcut"
  | "shortcut_medium"
  | "shortcut_hard"
  | "stuck"
  | "stuck_medium"
  | "stuck_easy";

/**
 * What each pretrained policy, `language_rough` and so on, learnt from:
 *
 * - `rough`: answers about right, a sixth of them exactly;
 * - `sums`: the same for all 28 sums, of which {@linkcode digitSumOf} asks some;
 * - `shortcut`: a third equal digits, worth half, and 7% right answers;
 *   `shortcut_medium` and `shortcut_hard` have 4% and 2% of them;
 * - `stuck`: all but equal digits, which is what a stuck policy writes, and 1% right
 *   answers; `stuck_medium` and `stuck_easy` have 2% and 4% of them.
 */
export const languageCorpora: Record<CorpusName, SequenceCorpus> = {
  rough: roughCorpus(digitSums, { spread: 3 }),
  sums: roughCorpus(digitSumOf(allTargets), { spread: 3 }),
  shortcut: sharesOfShortcut(0.35, 0.07),
  shortcut_medium: sharesOfShortcut(0.35, 0.04),
  shortcut_hard: sharesOfShortcut(0.35, 0.02),
  stuck: sharesOfShortcut(0.95, 0.01),
  stuck_medium: sharesOfShortcut(0.94, 0.02),
  stuck_easy: sharesOfShortcut(0.92, 0.04),
};

/** The names of the policies that learnt from the corpus `rough`, by their width. */
export const languageWidths: Record<4 | 8 | 16 | 32, string> = {
  4: "language_rough_w4",
  8: "language_rough_w8",
  16: "language_rough_w16",
  32: "language_rough",
};

/** Parameters of three of the pretrained language policies, by name. */
export async function loadLanguagePolicies(): Promise<
  Record<"rough" | "shortcut" | "stuck", Params>
> {
  const [rough, shortcut, stuck] = await Promise.all(
    ["rough", "shortcut", "stuck"]
      .map((name) => loadPretrained(`language_${name}`)),
  );
  return { rough, shortcut, stuck };
}
