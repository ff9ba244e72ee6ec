import { tf } from "../../tf/backend.ts";
import { product, sum } from "../layers/memory.ts";
import { linearsOf } from "./decoder_layers.ts";
import { type LanguageWorkload, readWorkload } from "./memory_forecast.ts";

/** What time an iteration of a language policy takes. */
export interface LanguageTime {
  /** Multiplications and additions in the matrix products of an iteration. */
  operations: number;
  /** Seconds of drawing the answers, and of scoring them under the reference. */
  sampling: number;
  /** Seconds of a gradient step on the answers. */
  step: number;
}

/** Multiplications in the matrix products of an iteration, by what makes them. */
export interface LanguageProducts {
  /** Reading the prompts before answers are drawn. */
  prompts: number;
  /** Drawing the answers, a token of each at a time. */
  tokens: number;
  /** Scoring the answers under the reference. */
  reference: number;
  /** A step: forward, and back through the blocks that are adapted. */
  step: number;
}

/**
 * Forecasts the time of an iteration of a language policy from its model's
 * configuration, before anything is loaded: the matrix products that it will do are
 * counted, and a few products of such shapes are timed on this device, which takes about
 * a second the first time in a process. The first iteration takes longer, as functions are
 * compiled then.
 *
 * Only products are counted. Noise, softmax, norms, activations and Adam come on top. A
 * loss that takes `overPlaces` or all `logits`, such as an exact KL, makes the products of
 * the head up to five times more; measures of a run are extra, too.
 *
 * @param config `config.json` of a decoder that `loadLanguageModel` reads.
 * @param workload What it is to do, as `forecastLanguageMemory` takes it.
 * @returns The forecast.
 * @throws As `forecastLanguageMemory`.
 *
 * @example
 * ```ts
 * import { forecastLanguageTime } from "kit";
 * import { assert } from "@std/assert";
 *
 * const tiny = {
 *   ...{ model_type: "llama", vocab_size: 500, hidden_size: 64 },
 *   ...{ intermediate_size: 128, num_hidden_layers: 2, num_attention_heads: 4 },
 *   ...{ max_position_embeddings: 64, tie_word_embeddings: true },
 * };
 * const { sampling, step } = await forecastLanguageTime(tiny, {
 *   ...{ members: 1, prompts: 4, perContext: 16 },
 *   ...{ promptTokens: 18, maxTokens: 6, rank: 8 },
 * });
 * assert(sampling > 0 && step > 0);
 * console.log(`30 iterations take about ${Math.ceil(30 * (sampling + step))} s`);
 * ```
 */
export async function forecastLanguageTime(
  config: Record<string, unknown>,
  workload: LanguageWorkload,
): Promise<LanguageTime> {
  const products = countProducts(config, workload);
  const { width } = readWorkload(config, workload).sizes;
  const { members, prompts, perContext, maxTokens } = workload;
  const answers = members * prompts * perContext;
  const whole = await secondsOfProduct(answers * maxTokens, width);
  const token = await secondsOfProduct(answers, width);
  return {
    operations: 2 * sum(Object.values(products)),
    sampling: whole * (products.prompts + products.reference) +
      token * products.tokens,
    step: whole * products.step,
  };
}

/**
 * Counts the products of an iteration.
 *
 * @param config As of {@linkcode forecastLanguageTime}.
 * @param workload As there.
 */
export function countProducts(
  config: Record<string, unknown>,
  workload: LanguageWorkload,
): LanguageProducts {
  const { sizes, numbers, adapted } = readWorkload(config, workload);
  const { vocabulary, width, depth, heads, groups, headSize } = sizes;
  const { members, prompts, perContext, promptTokens, maxTokens } = numbers;
  const asked = members * prompts;
  const answers = asked * perContext;
  const drawn = maxTokens - 1; // The last token is not read.

  const linears = sum(Object.values(linearsOf(sizes)).map(product));
  const factors = numbers.rank * adapted.blocks *
    (adapted.outputs + adapted.inputs);
  const head = vocabulary * width;
  const attention = (keys: number) => 2 * depth * heads * headSize * keys;
  const places = asked * promptTokens + answers * drawn;
  const attended = asked * promptTokens * attention(promptTokens) +
    answers * drawn * attention(promptTokens + drawn);
  const read = places * linears + attended;
  // Frozen layers pass a gradient on by one product, but for those of the first
  // adapted block that no adapter lies below; attention and adapters take two.
  const passed = linears * adapted.blocks / depth -
    width * (heads + 2 * groups) * headSize;
  const back = places * (passed + 2 * factors) +
    2 * attended * adapted.blocks / depth;
  return {
    prompts: asked * promptTokens *
        (linears + factors + attention(promptTokens)) + asked * head,
    tokens: answers * drawn *
      (linears + factors + attention(promptTokens + drawn) + head),
    reference: read + answers * maxTokens * head,
    // The head's logits, and their slope.
    step: read + places * factors + 2 * answers * maxTokens * head + back,
  };
}

/** The most rows of a product that is timed: more are no faster by the row. */
const mostRows = 256;

/** Numbers of the matrix that is timed, 64 MiB: more than a processor's cache holds. */
const matrixSize = 2 ** 24;

/** How often a product is timed, after a first time that does not count. */
const repetitions = 3;

/** What was timed in this process, by the rows and the width. */
const timed = new Map<string, number>();

/** Seconds of a multiplication in a product of `rows` with a weight of a model. */
async function secondsOfProduct(rows: number, width: number): Promise<number> {
  const taken = Math.min(rows, mostRows);
  const known = timed.get(`${taken} ${width}`);
  if (known !== undefined) return known;
  const outputs = Math.ceil(matrixSize / width);
  const x = tf.ones([taken, width]);
  const weight = tf.ones([outputs, width]);
  const once = async () => {
    const total = tf.tidy(() => tf.sum(tf.matMul(x, weight, false, true)));
    await total.data(); // It may run on beside us until it is read.
    total.dispose();
  };
  await once();
  const start = performance.now();
  for (let i = 0; i < repetitions; i++) await once();
  const took = (performance.now() - start) / 1000;
  tf.dispose([x, weight]);
  const seconds = took / (repetitions * taken * outputs * width);
  timed.set(`${taken} ${width}`, seconds);
  return seconds;
}
