import { loop } from "../../compile/mod.ts";
import { countMembers, type Params } from "../../models/params.ts";
import { type TokenChoice } from "../../samplers/token_choice.ts";
import { type Tensor, tf } from "../../tf/backend.ts";
import { assertKnown, assertPositiveInteger } from "../../tf/check.ts";
import { frozenProduct } from "../layers/frozen.ts";
import { assertAdapters } from "../layers/lora.ts";
import { rotaryAngles } from "../layers/rotary.ts";
import {
  type AnswerMemory,
  attendToMemory,
  emptyMemory,
  type Next,
  type PromptMemory,
} from "./cached_attention.ts";
import { type Decoder, headOf, readTokens } from "./decoder.ts";
import { linearsOf } from "./decoder_layers.ts";
import { type Answers, nothingDrawn, take } from "./draw_tokens.ts";
import { assertTokenIds, type LanguageModel } from "./language_model.ts";
import { type Prompts, repeatPrompts, repeatRows } from "./prompts.ts";
import { anglesAt, readPrompts } from "./read_prompts.ts";

/** How answers are drawn. */
export interface GenerateOptions {
  /** The most tokens of an answer, T. */
  maxTokens: number;
  /** Answers to each prompt, n; 1 when left out. */
  answers?: number;
  /** The tokens that end an answer; none when left out. */
  stop?: readonly number[];
  /** Reshape the distribution, one after the other; none when left out. */
  choices?: readonly TokenChoice[];
}

/**
 * Draws n answers to each of C prompts, token by token,
 *
 *     y_t ~ softmax(choices(logits(prompt, y_1 ... y_{t-1}))).
 *
 * A prompt is read once for all of its answers, and its keys and values are held once.
 * Keys and values of answers are written in place. The draws take the largest of logits
 * plus Gumbel noise (Maddison et al. 2014, arXiv 1411.0030, section 2), a token at a
 * time. No value is read, so that all of it may be one graph of `compile`: the drawing
 * goes on to its end whatever stops.
 *
 * The log-probabilities are those of the distribution that was drawn from. With
 * `choices` that is not the model's own: for a ratio of 1 at the start, apply the same
 * choices to `logits` in the training pass.
 *
 * @param model The language model.
 * @param draw.prompts See `padPrompts`.
 * @param draw.keys Random keys, int32 `[N, 2]`, N = M C n; answer i depends on key i
 * only.
 * @param draw.adapters Of M members, each of which answers all prompts; the base alone
 * (M = 1) when left out.
 * @param options How to draw.
 * @returns The answers, by member, prompt, then answer. No gradient: put them into
 * `tokenLogProbs`.
 * @throws {TypeError} If a shape or a type does not fit, or an option has an unknown
 * name.
 * @throws {RangeError} If a number is not a positive integer, a stop token is not in the
 * vocabulary, or the model cannot hold P + T tokens.
 *
 * @example
 * ```ts
 * import { generate, keys, loadLanguageModel, padPrompts, temperature, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadLanguageModel("tests/pretrained/fixtures/decoders/llama");
 * const prompts = padPrompts([[5, 9, 11], [7]]);
 * const seeds = keys([1, 2, 3, 4, 5, 6]); // one for each answer
 * const { tokens, logp, mask } = generate(
 *   model,
 *   { prompts, keys: seeds },
 *   { maxTokens: 4, answers: 3, stop: [2], choices: [temperature(0.8)] },
 * );
 * assertEquals(tokens.shape, [6, 4]);
 * tf.dispose([prompts, seeds, tokens, logp, mask]);
 * model.dispose();
 * ```
 */
export function generate(
  model: LanguageModel,
  { prompts, keys, adapters }: {
    prompts: Prompts;
    keys: Tensor;
    adapters?: Params;
  },
  options: GenerateOptions,
): Answers {
  const { decoder } = model;
  const members = adapters ? countMembers(adapters) : 1;
  assertDraw(decoder, { prompts, keys, adapters, members }, options);
  const { maxTokens, answers = 1, stop = [], choices = [] } = options;
  const given = prompts.tokens.shape[1]!;
  return tf.tidy(() => {
    const asked = repeatPrompts(prompts, members);
    const { prompt, last } = readPrompts(decoder, asked, adapters);
    const logits = frozenProduct(last, headOf(decoder));
    const lengths = repeatRows(asked.lengths, answers);
    const table = rotaryAngles(given + maxTokens, decoder.config);
    const draw = { keys, stop, choices };
    const start = {
      drawn: take(
        nothingDrawn(keys.shape[0], maxTokens),
        { logits: repeatRows(logits, answers), place: tf.scalar(0, "int32") },
        draw,
      ),
      memory: emptyMemory(decoder.config, {
        answers: keys.shape[0],
        places: Math.max(1, maxTokens - 1),
      }),
    };
    const { drawn } = loop(maxTokens - 1, start, ({ drawn, memory }, place) => {
      const places = tf.reshape(tf.add(lengths, place), [-1, 1, 1]);
      const next = { place, angles: anglesAt(table, places) };
      const read = readNext(decoder, drawn.token, {
        ...{ adapters, prompt, memory, next },
      });
      const following = tf.add(place, tf.scalar(1, "int32"));
      return {
        drawn: take(drawn, { logits: read.logits, place: following }, draw),
        memory: read.memory,
      };
    });
    return { tokens: drawn.tokens, logp: drawn.logp, mask: drawn.mask };
  });
}

function assertDraw(
  decoder: Decoder,
  { prompts, keys, adapters, members }: {
    prompts: Prompts;
    keys: Tensor;
    adapters?: Params;
    members: number;
  },
  options: GenerateOptions,
): void {
  assertKnown("the options of generate", options, [
    ...["maxTokens", "answers", "stop", "choices"],
  ]);
  const { maxTokens, answers = 1, stop = [] } = options;
  const { length } = decoder.config;
  const [count, given] = prompts.tokens.shape as [number, number];
  assertPositiveInteger("maxTokens", maxTokens);
  assertPositiveInteger("answers", answers);
  assertStops(stop, decoder);
  assertTokenIds(prompts.tokens, decoder);
  if (adapters) assertAdapters(adapters, linearsOf(decoder.config), members);
  if (given + maxTokens > length) {
    throw new RangeError(
      `Expected prompts and answers of at most ${length} tokens, the model's context, got ${given} and ${maxTokens}`,
    );
  }
  const expected = [members * count * answers, 2];
  if (`${keys.shape}` !== `${expected}` || keys.dtype !== "int32") {
    throw new TypeError(
      `Expected keys of type int32 and shape [${
        expected.join(", ")
      }], one for each answer, got ${keys.dtype} [${keys.shape}]`,
    );
  }
}

function assertStops(stop: readonly number[], { config }: Decoder): void {
  const wrong = stop.find((id) =>
    !(Number.isInteger(id) && id >= 0 && id < config.vocabulary)
  );
  if (wrong !== undefined) {
    throw new RangeError(
      `Expected stop to have tokens, integers from 0 to ${
        config.vocabulary - 1
      }, got ${wrong}`,
    );
  }
}

/** Reads one more token of each answer, `[N]`: the next logits, `[N, V]`. */
function readNext(
  decoder: Decoder,
  token: Tensor,
  { adapters, prompt, memory, next }: {
    adapters?: Params;
    prompt: PromptMemory;
    memory: AnswerMemory;
    next: Next;
  },
): { logits: Tensor; memory: AnswerMemory } {
  const { h, memory: after } = readTokens(decoder, tf.expandDims(token, 1), {
    adapters,
    attend: (projections, block) =>
      attendToMemory(
        projections,
        { ...prompt.blocks[block], mask: prompt.mask },
        memory[block],
        next,
      ),
  });
  const flat = tf.reshape(h, [-1, decoder.config.width]);
  return { logits: frozenProduct(flat, headOf(decoder)), memory: after };
}
