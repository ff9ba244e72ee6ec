import { type SequenceCorpus } from "../data/sequence_corpus.ts";
import { type ReportProgress } from "../experiments/experiment.ts";
import { exactKl } from "../metrics/exact_kl.ts";
import { sequenceLogProbs } from "../metrics/sequence_log_probs.ts";
import { type Params } from "../models/params.ts";
import { referenceNames, savePretrained } from "../models/pretrained.ts";
import { tf } from "../tf/backend.ts";
import { fit } from "../train/fit.ts";
import { digitSums, languageCorpora, languageModel } from "./digit_sum.ts";

const names = Object.keys(languageCorpora) as (keyof typeof languageCorpora)[];

/**
 * Trains the policies that the language experiments start from and keeps them in
 * `data/models`: for each of {@linkcode languageCorpora} one, and its three
 * repetitions.
 *
 * No batch is drawn: the loss is the divergence of the policy from the corpus over
 * every completion, KL(corpus | policy), exactly.
 *
 * @param options `effort`, 1 for the kept policies: it scales the number of steps;
 * and `onProgress`, called for each policy.
 * @returns The last loss of each, in nats.
 */
export async function pretrainDigitSums(
  { effort, onProgress }: { effort: number; onProgress?: ReportProgress },
): Promise<Record<string, number>> {
  const results: Record<string, number> = {};
  const models = names.flatMap((corpus, i) =>
    referenceNames(`language_${corpus}`)
      .map((name, k) => ({ corpus, name, seed: i + 10 * k }))
  );
  for (const { corpus, name, seed } of models) {
    const iterations = Math.max(1, Math.round(effort * 2000));
    const learningRate = 5e-3;
    const { params, loss } = await fit({
      init: languageModel.init,
      loss: corpusDivergence(languageCorpora[corpus]),
      iterations,
      learningRate,
      seed,
      onProgress: (at) =>
        onProgress?.(100 * at.iteration / at.iterations, name),
    });
    const recipe = { iterations, seed, learningRate, loss };
    await savePretrained(
      name,
      params,
      Object.fromEntries(
        Object.entries(recipe).map(([key, value]) => [key, `${value}`]),
      ),
    );
    tf.dispose(params);
    results[`${name} loss`] = loss;
  }
  return results;
}

/** KL(corpus | policy) in nats, mean over contexts, `[1]`. */
function corpusDivergence({ probabilities, length }: SequenceCorpus) {
  return (params: Params) => {
    const logpCorpus = tf.log(
      tf.tensor3d([probabilities.map((row) => [...row])]),
    );
    const prompts = tf.tensor2d(
      digitSums.prompts.map((prompt) => [...prompt]),
      undefined,
      "int32",
    );
    const logp = sequenceLogProbs(languageModel, { params, prompts }, {
      length,
    });
    return tf.mean(exactKl({ logp: logpCorpus, logpRef: logp }), 1);
  };
}
