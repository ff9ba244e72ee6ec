import { oncePerPath } from "../data/once_per_path.ts";
import { drawAnswers } from "../methods/iteration.ts";
import { grpo } from "../methods/fixed_beta.ts";
import { initOnline, onlineStep } from "../methods/online.ts";
import { mapParams, type Params } from "../models/params.ts";
import { languagePolicy } from "../policies/language.ts";
import { initAdapters } from "../pretrained/language/adapters.ts";
import { answerStates } from "../pretrained/language/answer_states.ts";
import { headOf } from "../pretrained/language/decoder.ts";
import { generate } from "../pretrained/language/generate.ts";
import {
  type LanguageModel,
  loadLanguageModel,
} from "../pretrained/language/language_model.ts";
import { type Prompts } from "../pretrained/language/prompts.ts";
import { chosenLogProbs } from "../pretrained/language/token_scores.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { foldIn, keys, normal, uniform } from "../tf/random.ts";
import { type Step } from "../train/train_options.ts";
import { onlineAt } from "./online_workloads.ts";
import { training, trainingStep } from "./training.ts";
import { type Workload } from "./workload.ts";

/** A pretrained language model, and the tokens of a batch. */
type Sizes = {
  /** The model, as `loadLanguageModel` takes it. */
  path: string;
  promptTokens: number;
  answerTokens: number;
};

/** One of each, which stays: it is large. */
const loaded = oncePerPath(loadLanguageModel);

/** Adapters of q and v that have learnt something: no factor is zero. */
function learntAdapters(model: LanguageModel, rank: number): Params {
  const start = initAdapters(model, keys([0]), { rank, alpha: 2 * rank });
  return mapParams(
    start,
    (values, name) =>
      name.endsWith(".lora_B.weight")
        ? tf.mul(normal(keys([2]), values.shape.slice(1)), 0.02)
        : values,
  );
}

/** Random tokens, int32 `[rows, length]`. */
function randomTokens(
  { decoder }: LanguageModel,
  key: Tensor,
  shape: [number, number],
): Tensor {
  const u = uniform(key, shape); // [1, rows, length]
  const tokens = tf.floor(tf.mul(u, decoder.config.vocabulary));
  return tf.cast(tf.reshape(tokens, shape), "int32");
}

/** Prompts of random tokens, all of one length. */
const promptsOf = (tokens: Tensor): Prompts => ({
  tokens,
  lengths: tf.fill([tokens.shape[0]], tokens.shape[1]!, "int32"),
});

/**
 * A training step of low-rank adapters of q and v: the mean negative log-likelihood of
 * answers of random tokens, given prompts of random tokens.
 */
export async function loraTrain(
  { path, batch, promptTokens, answerTokens, rank }: Sizes & {
    batch: number;
    rank: number;
  },
): Promise<Workload> {
  const model = await loaded(path);
  const { decoder } = model;
  const params = initAdapters(model, keys([0]), { rank, alpha: 2 * rank });
  const draws = (iteration: number | Tensor) => {
    const key = foldIn(keys([1]), iteration);
    const shape: [number, number] = [batch, promptTokens + answerTokens];
    return { tokens: randomTokens(model, key, shape) };
  };
  const step: Step = (before, iteration) => {
    const [prompts, answers] = tf.split(
      draws(iteration).tokens,
      [promptTokens, answerTokens],
      1,
    );
    const asked = { prompts: promptsOf(prompts), answers };
    return trainingStep(before, (adapters) => {
      const h = answerStates(decoder, asked, adapters);
      const flat = tf.reshape(answers, [-1]);
      const logp = chosenLogProbs(h, headOf(decoder), flat);
      return tf.neg(tf.mean(tf.reshape(logp, [1, -1]), 1));
    });
  };
  return { ...training(params, step), repeat: { params, draws } };
}

/** Drawing an answer to each prompt of random tokens, with a cache of keys and values. */
export async function lmSample(
  { path, batch, promptTokens, answerTokens }: Sizes & { batch: number },
): Promise<Workload> {
  const model = await loaded(path);
  const state = {
    prompts: randomTokens(model, keys([0]), [batch, promptTokens]),
  };
  const seeds = Array.from({ length: batch }, (_, i) => i);
  const draw = (tokens: Tensor, iteration: number | Tensor) =>
    generate(model, {
      prompts: promptsOf(tokens),
      keys: foldIn(keys(seeds), iteration),
    }, { maxTokens: answerTokens });
  return {
    state,
    step: (state, iteration) => {
      const { tokens, logp } = draw(state.prompts, iteration);
      return { state, logs: { tokens, logp } };
    },
    repeat: {
      params: state,
      // As drawn: the noise of a whole vocabulary for each token is 100 MB.
      draws: (iteration) => ({
        answers: draw(state.prompts, iteration).tokens,
      }),
    },
    values: ({ logp }) => logp,
  };
}

/**
 * A whole iteration of GRPO: answers are drawn, scored under the base, rewarded by their
 * share of even tokens, and the adapters of q and v take a step.
 */
export async function lmGrpo(
  { path, contexts, perContext, promptTokens, answerTokens, rank, beta }:
    & Sizes
    & { contexts: number; perContext: number; rank: number; beta: number },
): Promise<Workload> {
  const model = await loaded(path);
  const start = learntAdapters(model, rank);
  const prompts = randomTokens(model, keys([0]), [contexts, promptTokens]);
  const online = onlineAt({
    policy: languagePolicy({
      model,
      start,
      prompts: promptsOf(prompts),
      maxTokens: answerTokens,
    }),
    method: grpo(),
  }, { perContext, updates: 1, coefficient: beta, members: 1 });
  return {
    state: initOnline(online),
    step: onlineStep(online, shareOfEven),
    repeat: {
      params: { ...start, prompts },
      draws: (iteration) => {
        const at = tf.scalar(iteration, "int32");
        const { answers } = drawAnswers(online, { params: start }, at);
        return { answers: answers as Tensor };
      },
    },
    values: ({ reward, loss, gradNorm }) => tf.stack([reward, loss, gradNorm]),
  };
}

/** The share of an answer's tokens that are even: `[M, N, T]` to `[M, N]`. */
function shareOfEven(answers: Tensor): Tensor {
  const odd = tf.mod(tf.cast(answers, "float32"), 2);
  return tf.mean(tf.sub(1, odd), -1);
}
