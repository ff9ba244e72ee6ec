import { allTargets, type DigitSum, digitSumOf } from "../data/digit_sum.ts";
import { type SequenceCorpus } from "../data/sequence_corpus.ts";
import { exactKl } from "../metrics/exact_kl.ts";
import { sequenceLogProbs } from "../metrics/sequence_log_probs.ts";
import { referenceNames } from "../models/pretrained.ts";
import { type TokenModel } from "../models/token_model.ts";
import { askEach } from "../policies/tokens.ts";
import { tf } from "../tf/backend.ts";
import { type Fit } from "../train/fit.ts";
import { isAsked, keepFit, type PretrainOptions } from "./keep_fit.ts";
import { digitModel, digitSums, languageCorpora } from "./language_models.ts";

const { rough, sums, ...shortcuts } = languageCorpora;

/** What is pretrained; seeds of repetitions are ten apart. */
const recipes: readonly (ModelSize & { name: string; seed: number })[] = [
  { name: "language_rough", corpus: rough, seed: 0 },
  { name: "language_shortcut", corpus: shortcuts.shortcut, seed: 1 },
  { name: "language_stuck", corpus: shortcuts.stuck, seed: 2 },
  ...([
    "shortcut_medium",
    "shortcut_hard",
    "stuck_medium",
    "stuck_easy",
  ] as const)
    .map((name, i) => ({
      name: `language_${name}`,
      corpus: shortcuts[name],
      seed: 40 + i,
    })),
  ...[4, 8, 16].map((width, i) => ({
    name: `language_rough_w${width}`,
    ...{ corpus: rough, width, seed: 44 + i },
  })),
  {
    name: "language_sums",
    ...{ corpus: sums, asked: digitSumOf(allTargets), steps: 1000, seed: 47 },
  },
];

/**
 * Trains the policies that the language experiments start from and keeps them in
 * `data/models`: one for each of {@linkcode languageCorpora}, those of other widths,
 * and three repetitions of each.
 *
 * No batch is drawn: the loss is the divergence of the policy from the corpus over
 * every completion, KL(corpus | policy), exactly.
 *
 * @param options `effort`, 1 for the kept policies: it scales the number of steps;
 * `names`, which to train, all when left out; and `onProgress`, called for each.
 * @returns The last loss of each, in nats.
 */
export async function pretrainDigitSums(
  options: PretrainOptions,
): Promise<Record<string, number>> {
  const results: Record<string, number> = {};
  for (const { name: first, seed, ...size } of recipes) {
    for (const [k, name] of referenceNames(first).entries()) {
      if (!isAsked(options, name)) continue;
      const recipe = { ...corpusFit(size), seed: seed + 10 * k };
      const { params, loss } = await keepFit(name, recipe, options);
      tf.dispose(params);
      results[`${name} loss`] = loss;
    }
  }
  return results;
}

/** What a policy learns from, and how wide it is. */
interface ModelSize {
  corpus: SequenceCorpus;
  /** What it is asked; {@linkcode digitSums} when left out. */
  asked?: DigitSum;
  /** Features of a token; 32 when left out. */
  width?: number;
  /** Gradient steps of the kept policy; 2000 when left out. */
  steps?: number;
}

function corpusFit(
  { corpus, asked = digitSums, width = 32, steps = 2000 }: ModelSize,
): Omit<Fit, "seed"> {
  const model = digitModel({ width, promptTokens: asked.targets.length });
  return {
    init: model.init,
    loss: corpusDivergence(corpus, { model, asked }),
    iterations: steps,
    learningRate: 5e-3,
  };
}

/** KL(corpus | policy) in nats, mean over contexts, `[1]`. */
function corpusDivergence(
  { probabilities, length }: SequenceCorpus,
  { model, asked }: { model: TokenModel; asked: DigitSum },
): Fit["loss"] {
  return (params) => {
    const logpCorpus = tf.log(
      tf.tensor3d([probabilities.map((row) => [...row])]),
    );
    const prompts = askEach(asked.prompts);
    const logp = sequenceLogProbs(model, { params, prompts }, { length });
    return tf.mean(exactKl({ logp: logpCorpus, logpRef: logp }), 1);
  };
}
