import { answerStates } from "../pretrained/language/answer_states.ts";
import { headOf } from "../pretrained/language/decoder.ts";
import {
  type LanguageModel,
  loadLanguageModel,
} from "../pretrained/language/language_model.ts";
import { initAdapters } from "../pretrained/language/adapters.ts";
import { chosenLogProbs } from "../pretrained/language/token_scores.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { foldIn, keys, uniform } from "../tf/random.ts";
import { type Step } from "../train/train_options.ts";
import { training, trainingStep } from "./training.ts";
import { type Workload } from "./workload.ts";

/** A pretrained language model, and the tokens and the rank of its adapters. */
type Sizes = {
  /** The model, as `loadLanguageModel` takes it. */
  path: string;
  batch: number;
  promptTokens: number;
  answerTokens: number;
  rank: number;
};

/** One of each, which stays: it is large. */
const models = new Map<string, Promise<LanguageModel>>();

/**
 * A training step of low-rank adapters of q and v: the mean negative log-likelihood of
 * answers of random tokens, given prompts of random tokens.
 */
export async function loraTrain(sizes: Sizes): Promise<Workload> {
  const { path, batch, promptTokens, answerTokens, rank } = sizes;
  if (!models.has(path)) models.set(path, loadLanguageModel(path));
  const model = await models.get(path)!;
  const { decoder } = model;
  const params = initAdapters(model, keys([0]), { rank, alpha: 2 * rank });
  const draws = (iteration: number | Tensor) => {
    const shape = [batch, promptTokens + answerTokens];
    const u = uniform(foldIn(keys([1]), iteration), shape); // [1, N, T]
    const tokens = tf.floor(tf.mul(u, decoder.config.vocabulary));
    return { tokens: tf.cast(tf.reshape(tokens, shape), "int32") };
  };
  const step: Step = (before, iteration) => {
    const [tokens, answers] = tf.split(
      draws(iteration).tokens,
      [promptTokens, answerTokens],
      1,
    );
    const lengths = tf.fill([batch], promptTokens, "int32");
    const asked = { prompts: { tokens, lengths }, answers };
    return trainingStep(before, (adapters) => {
      const h = answerStates(decoder, asked, adapters);
      const flat = tf.reshape(answers, [-1]);
      const logp = chosenLogProbs(h, headOf(decoder), flat);
      return tf.neg(tf.mean(tf.reshape(logp, [1, -1]), 1));
    });
  };
  return { ...training(params, step), repeat: { params, draws } };
}
