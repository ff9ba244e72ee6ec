import { assertKnown, assertPositiveInteger } from "../../tf/check.ts";
import { blockOf, targetNames } from "../layers/lora.ts";
import { bytes, copiesOfAdapters, product, sum } from "../layers/memory.ts";
import { type DecoderConfig, readDecoderConfig } from "./decoder_config.ts";
import { linearsOf, weightShapes } from "./decoder_layers.ts";
import { logitsAtOnce } from "./token_scores.ts";

/** What a language policy is to do in an iteration. */
export interface LanguageWorkload {
  /** Members of the population: coefficients times seeds. */
  members: number;
  /** Prompts. */
  prompts: number;
  /** Answers of a member to each prompt. */
  perContext: number;
  /** Tokens of the longest prompt. */
  promptTokens: number;
  /** The most tokens of an answer. */
  maxTokens: number;
  /** The rank of the adapters. */
  rank: number;
  /** The layers that have adapters; as of `initAdapters` when left out. */
  targets?: readonly string[];
}

/** What memory a language policy takes, in bytes of float32. */
export interface LanguageMemory {
  /** How many numbers the base has. */
  parameters: number;
  /** The frozen base, which all members share: 4 bytes a parameter. */
  weights: number;
  /** The adapters of all members, with their gradients and Adam's memory. */
  adapters: number;
  /** Keys and values of all prompts and answers. */
  cache: number;
  /** Weights, adapters, and all that drawing answers and their reference holds at once. */
  sampling: number;
  /** Weights, adapters, and all that a gradient step on the answers holds at once. */
  step: number;
}

/** Numbers held of a place in a block, as multiples of what the block has there. */
interface Held {
  scores: number;
  queries: number;
  keys: number;
  hidden: number;
  width: number;
  headNorms: number;
  adaptedOutputs: number;
  adaptedInputs: number;
}

/**
 * Fitted to `tf.profile` on small models of the same code, and rounded up (the test does
 * it again on others). Drawing holds one block, a step all of them.
 */
const drawing: Held = {
  ...{ scores: 5.7, queries: 10.3, keys: 8.2, hidden: 5.7, width: 7.1 },
  ...{ headNorms: 1.4, adaptedOutputs: 0, adaptedInputs: 0 },
};
const learning: Held = {
  ...{ scores: 13.1, queries: 16.4, keys: 12.2, hidden: 8, width: 28 },
  ...{ headNorms: 3.6, adaptedOutputs: 9.6, adaptedInputs: 3 },
};

/** Copies of the keys and values of answers while a token is drawn. */
const copiesOfMemory = 4;

/** Copies of the logits of one token of each answer while it is drawn, with its noise. */
const logitsDrawn = 13;

/** Copies of a chunk of logits: without a gradient, and with one. */
const [logitsScored, logitsLearnt] = [4.1, 5.6];

/** What of a step is held when its forward pass is done. */
const forwardShare = 0.5;

/**
 * Forecasts the memory of a language policy from its model's configuration, before
 * anything is loaded. The loader keeps float32. Losses are those of tokens that take
 * log-probabilities or `overPlaces`; one that asks for all `logits` takes more.
 *
 * It counts tensors, and is an upper bound for a policy that runs op by op. A process
 * takes more: TensorFlow itself, what its allocator keeps and, on a GPU, a copy of the
 * weights for each compiled function.
 *
 * @param config `config.json` of a decoder that `loadLanguageModel` reads.
 * @param workload What it is to do.
 * @returns The forecast.
 * @throws {RangeError} If the configuration is not supported, or a number of the
 * workload is no positive integer, naming it.
 * @throws {TypeError} If the workload has an unknown name.
 *
 * @example
 * ```ts
 * import { forecastLanguageMemory } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const smolLm2 = {
 *   ...{ model_type: "llama", vocab_size: 49152, hidden_size: 576 },
 *   ...{ intermediate_size: 1536, num_hidden_layers: 30, num_attention_heads: 9 },
 *   ...{ num_key_value_heads: 3, max_position_embeddings: 8192 },
 *   tie_word_embeddings: true,
 * };
 * const { parameters, weights, step } = forecastLanguageMemory(smolLm2, {
 *   ...{ members: 1, prompts: 4, perContext: 16 },
 *   ...{ promptTokens: 18, maxTokens: 6, rank: 8 },
 * });
 * assertEquals(parameters, 134_515_008);
 * assertEquals(weights, 4 * parameters);
 * console.log(`a step takes at most ${(step / 1e9).toFixed(1)} GB`);
 * ```
 */
export function forecastLanguageMemory(
  config: Record<string, unknown>,
  workload: LanguageWorkload,
): LanguageMemory {
  const { sizes, numbers, adapted } = readWorkload(config, workload);
  const { members, prompts, perContext, promptTokens, maxTokens } = numbers;
  const { depth, width, vocabulary, groups, headSize } = sizes;
  const answers = members * prompts * perContext;
  const places = promptTokens + maxTokens - 1; // The last token is not read.
  const ofAnswer = (held: Held) =>
    answers * heldOfPlace(sizes, { held, places, adapted });
  // A prompt is read once for all of its answers.
  const heldBy = (held: Held) =>
    (maxTokens - 1) * ofAnswer(held) +
    members * prompts * promptTokens *
      heldOfPlace(sizes, { held, places: promptTokens, adapted });

  const parameters = sum(Object.values(weightShapes(sizes)).map(product));
  const ofPlace = 2 * depth * groups * headSize; // keys and values
  const remembered = {
    prompts: members * prompts * promptTokens * ofPlace,
    answers: answers * (maxTokens - 1) * ofPlace,
  };
  const chunk = Math.min(answers * maxTokens * vocabulary, logitsAtOnce);
  const scored = answers * maxTokens * width;
  const drawn = Math.max(
    // All prompts and answers, as the reference reads them.
    heldBy(drawing),
    scored + logitsScored * chunk,
    // Token by token.
    remembered.prompts + copiesOfMemory * remembered.answers +
      logitsDrawn * answers * vocabulary + ofAnswer(drawing),
  );
  const tape = adapted.blocks * heldBy(learning);
  const learnt = Math.max(tape, forwardShare * tape + logitsLearnt * chunk);
  const factors = numbers.rank * (adapted.outputs + adapted.inputs) *
    adapted.blocks;
  const weights = bytes * parameters;
  const adapters = bytes * copiesOfAdapters * members * factors;
  const kept = weights + adapters;
  return {
    ...{ parameters, weights, adapters },
    cache: bytes * (remembered.prompts + remembered.answers),
    sampling: kept + bytes * drawn,
    step: kept + bytes * (learnt + scored),
  };
}

/** A workload of a model, checked. */
export interface ReadWorkload {
  sizes: DecoderConfig;
  /** The numbers of the workload. */
  numbers: Omit<LanguageWorkload, "targets">;
  adapted: Adapted;
}

/**
 * Checks a workload of a model.
 *
 * @throws As {@linkcode forecastLanguageMemory}.
 */
export function readWorkload(
  config: Record<string, unknown>,
  workload: LanguageWorkload,
): ReadWorkload {
  const { targets = ["q_proj", "v_proj"], ...numbers } = workload;
  assertKnown("the workload", workload, [
    ...["members", "prompts", "perContext", "promptTokens", "maxTokens"],
    ...["rank", "targets"],
  ]);
  for (const [name, value] of Object.entries(numbers)) {
    assertPositiveInteger(name, value);
  }
  const sizes = readDecoderConfig(config);
  return { sizes, numbers, adapted: adaptedSizes(sizes, targets) };
}

/** What is adapted: blocks from the first of them on, and features out of and into their layers. */
interface Adapted {
  blocks: number;
  outputs: number;
  inputs: number;
}

/** The sizes of adapted layers; features are those of a block, on average. */
function adaptedSizes(
  config: DecoderConfig,
  targets: readonly string[],
): Adapted {
  const linears = linearsOf(config);
  const names = targetNames(linears, targets);
  const blocks = config.depth - Math.min(...names.map(blockOf));
  const shapes = names.map((name) => linears[name]);
  return {
    blocks,
    outputs: sum(shapes.map(([outputs]) => outputs)) / blocks,
    inputs: sum(shapes.map(([, inputs]) => inputs)) / blocks,
  };
}

function heldOfPlace(
  { heads, groups, headSize, headNorms, hidden, width }: DecoderConfig,
  { held, places, adapted }: {
    held: Held;
    places: number;
    adapted: Adapted;
  },
): number {
  const [queries, keys] = [heads * headSize, groups * headSize];
  return held.scores * heads * places + held.queries * queries +
    held.keys * keys + held.hidden * hidden + held.width * width +
    held.adaptedOutputs * adapted.outputs +
    held.adaptedInputs * adapted.inputs +
    (headNorms ? held.headNorms * (queries + keys) : 0);
}
