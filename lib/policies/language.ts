import { memberTokenMean } from "../losses/reductions.ts";
import {
  countMembers,
  mapParams,
  type Params,
  repeatParams,
} from "../models/params.ts";
import { answerStates } from "../pretrained/language/answer_states.ts";
import { headOf } from "../pretrained/language/decoder.ts";
import { generate } from "../pretrained/language/generate.ts";
import { type LanguageModel } from "../pretrained/language/language_model.ts";
import { forecastLanguageMemory } from "../pretrained/language/memory_forecast.ts";
import { type Prompts, repeatPrompts } from "../pretrained/language/prompts.ts";
import {
  chosenLogProbs,
  scoreLogits,
} from "../pretrained/language/token_scores.ts";
import { forecastLanguageTime } from "../pretrained/language/time_forecast.ts";
import { frozenProduct } from "../pretrained/layers/frozen.ts";
import { adaptedLayers } from "../pretrained/layers/lora.ts";
import { temperature as tempered } from "../samplers/temperature.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { assertKnown } from "../tf/check.ts";
import { foldIn } from "../tf/random.ts";
import { memberMean, type Policy, shareDraws } from "./policy.ts";
import { type ChunkedSignals } from "./tokens.ts";

/** A pretrained language model, its adapters and the prompts it is asked. */
export interface Language {
  /** The model: its base is frozen, and is the reference. */
  model: LanguageModel;
  /** The adapters that training starts from, of one member. */
  start: Params;
  /** The prompts, C of them. */
  prompts: Prompts;
  /** The most tokens of an answer, T. */
  maxTokens: number;
  /** The tokens that end an answer; none when left out. */
  stop?: readonly number[];
  /**
   * What the logits are divided by, of the policy and of the reference, in drawing and
   * in learning alike; 1 when left out.
   */
  temperature?: number;
}

/**
 * A pretrained language model as a policy: answers are completions drawn token by
 * token, a member is a set of adapters, and the reference is the base without any, so
 * that one copy of the base serves all. After a stop token nothing counts.
 *
 * Log-probabilities are computed at the places of answers only, in chunks of the
 * vocabulary's logits. The signals' `logits` and `logitsRef` are computed when a loss
 * asks for them, all at once; `overPlaces` is their frugal form.
 *
 * @param options The model, where training starts, and the prompts; all of it stays.
 * @returns The policy, whose signals are {@linkcode ChunkedSignals}; gradients reach
 * `logits` and `logp` alone.
 * @throws {TypeError} If an option has an unknown name, or `start` has several members.
 * @throws {RangeError} If the temperature is not positive.
 *
 * @example
 * ```ts
 * import {
 *   initAdapters,
 *   keys,
 *   languagePolicy,
 *   loadLanguageModel,
 *   padPrompts,
 *   tf,
 * } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadLanguageModel("tests/pretrained/fixtures/decoders/llama");
 * const seeds = keys([1]);
 * const start = initAdapters(model, seeds, { rank: 2, alpha: 4 });
 * const prompts = padPrompts([[5, 9, 11], [7]]);
 * const policy = languagePolicy({ model, start, prompts, maxTokens: 4, stop: [2] });
 * const answers = tf.tidy(() => {
 *   const params = policy.init(3);
 *   return policy.draw(params, { keys: seeds, perContext: 5 }).answers;
 * });
 * assertEquals(answers.shape, [3, 10, 4]); // members, answers, tokens
 * tf.dispose([seeds, start, prompts, answers]);
 * model.dispose();
 * ```
 */
export function languagePolicy(options: Language): Policy<ChunkedSignals> {
  assertKnown("the options of languagePolicy", options, [
    ...["model", "start", "prompts", "maxTokens", "stop", "temperature"],
  ]);
  const { model, start, prompts, maxTokens, stop, temperature = 1 } = options;
  const choices = temperature === 1 ? [] : [tempered(temperature)];
  const { decoder } = model;
  const head = headOf(decoder);
  const contexts = prompts.tokens.shape[0];

  /** The answers `[M, N, T]` one below the other, with the prompts of each member. */
  const written = (answers: Tensor) => ({
    prompts: repeatPrompts(prompts, answers.shape[0]),
    answers: tf.reshape(answers, [-1, maxTokens]),
  });
  /** What the head makes tempered logits of: they are linear in it. */
  const statesOf = (answers: Tensor, adapters?: Params) =>
    tf.div(answerStates(decoder, written(answers), adapters), temperature);
  const logProbs = (h: Tensor, tokens: Tensor, mask: Tensor) => {
    const logp = chosenLogProbs(h, head, tf.reshape(tokens, [-1]));
    return tf.mul(tf.reshape(logp, mask.shape), mask);
  };
  return {
    contexts,
    init: (members) => repeatParams(start, members),
    reference: (members) =>
      mapParams(
        repeatParams(start, members),
        (values, name) =>
          name.endsWith(".lora_B.weight") ? tf.zerosLike(values) : values,
      ),
    draw(params, { keys, perContext, reference: moved }) {
      const members = countMembers(params);
      const samples = contexts * perContext;
      const { tokens, logp, mask } = generate(
        model,
        {
          prompts,
          keys: keyOfEach(shareDraws(keys, members), samples),
          adapters: params,
        },
        { maxTokens, answers: perContext, stop, choices },
      );
      const byPrompt = [members, contexts, perContext, maxTokens];
      const answers = tf.reshape(tokens, [members, samples, maxTokens]);
      const counts = tf.reshape(mask, byPrompt);
      const hRef = statesOf(answers, moved);
      return {
        answers,
        hRef,
        logpOld: tf.reshape(logp, byPrompt),
        logpRef: logProbs(hRef, tokens, counts),
        mask: counts,
      };
    },
    signals(params, { answers, hRef, logpOld, logpRef, mask }) {
      const h = statesOf(answers, params);
      const all = (h: Tensor) =>
        tf.reshape(frozenProduct(h, head), [...mask.shape, head.shape[0]]);
      return {
        logp: logProbs(h, answers, mask),
        ...{ logpOld, logpRef, mask },
        get logits() {
          return all(h);
        },
        get logitsRef() {
          return all(hRef);
        },
        overPlaces: (f) =>
          tf.reshape(
            scoreLogits(h, head, (logits, first) => {
              const rows = tf.slice(hRef, first, logits.shape[0]);
              return f({ logits, logitsRef: frozenProduct(rows, head) });
            }),
            mask.shape,
          ),
      };
    },
    reduce: (losses, { mask }) =>
      losses.rank < mask.rank
        ? memberMean(losses)
        : memberTokenMean(losses, mask),
    divergence: ({ logpOld, logpRef, mask }) =>
      tf.sum(tf.mul(tf.sub(logpOld, logpRef), mask), -1),
    async forecast({ members, perContext, updates }) {
      const workload = {
        ...{ members, prompts: contexts, perContext, maxTokens },
        ...{ promptTokens: prompts.tokens.shape[1]!, ...adaptedLayers(start) },
      };
      const memory = forecastLanguageMemory(model.config, workload);
      const time = await forecastLanguageTime(model.config, workload);
      return {
        bytes: Math.max(memory.sampling, memory.step),
        seconds: time.sampling + updates * time.step,
      };
    },
  };
}

/** A key for each of N answers of each member, `[M, 2]` to `[M N, 2]`. */
function keyOfEach(keys: Tensor, answers: number): Tensor {
  const each = Array.from({ length: answers }, (_, i) => foldIn(keys, i));
  return tf.reshape(tf.stack(each, 1), [-1, 2]);
}
