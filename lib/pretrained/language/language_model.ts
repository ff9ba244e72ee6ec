import { ifThere } from "../../data/files.ts";
import { type Params } from "../../models/params.ts";
import { type Tensor, tf } from "../../tf/backend.ts";
import { openWeights } from "../checkpoints/weights.ts";
import { frozenProduct } from "../layers/frozen.ts";
import { assertAdapters } from "../layers/lora.ts";
import { assertInVocabulary } from "../layers/token_ids.ts";
import { type Decoder, headOf, hiddenStates, readDecoder } from "./decoder.ts";
import { readDecoderConfig } from "./decoder_config.ts";
import { linearsOf } from "./decoder_layers.ts";
import { chosenLogProbs } from "./token_scores.ts";
import { loadTokenizer, type Tokenizer } from "./tokenizer.ts";

/** A pretrained decoder-only language model whose base is frozen. */
export interface LanguageModel {
  /** The content of `config.json`. */
  readonly config: Record<string, unknown>;
  /** The tokenizer; missing where the folder has none. */
  readonly tokenizer?: Tokenizer;
  /** Sizes and weights, of which there is one copy, whoever runs them. */
  readonly decoder: Decoder;
  /**
   * Computes, after each token, the logits of the next one. It runs alike in a
   * compiled function.
   *
   * @param tokens int32 `[B, T]`; rows that end early may be filled up with any token,
   * as later tokens do not matter to earlier logits. For adapters of M members the
   * first B / M rows are those of the first member, and so on.
   * @param adapters From `initAdapters` or `readAdapters`; the base alone, which is the
   * reference, when left out.
   * @returns `[B, T, V]`, which the caller disposes; the gradient reaches `adapters`.
   * @throws {TypeError} If tokens are not int32 `[B, T]`, or the adapters do not fit.
   * @throws {RangeError} If there are more tokens than the context holds, or (where
   * values can be read, which a compiled function cannot) one is not in the vocabulary.
   */
  logits(tokens: Tensor, adapters?: Params): Tensor;
  /**
   * The log-probability of each token after the first, given those before it, in nats.
   * The logits are there a chunk at a time, never all.
   *
   * @param tokens int32 `[B, T]`, T at least 2, as of `logits`.
   * @param adapters As of `logits`.
   * @returns `[B, T - 1]`, 0 for a token that is heard, see `loadAudioLanguageModel`;
   * the caller disposes it; the gradient reaches `adapters`.
   * @throws As `logits`.
   */
  tokenLogProbs(tokens: Tensor, adapters?: Params): Tensor;
  /** Disposes the weights. */
  dispose(): void;
}

/**
 * Loads a decoder-only language model: Llama (SmolLM2), Qwen2 or Qwen3.
 *
 * @param path A folder in the hub's layout (`config.json`, one or more safetensors,
 * `tokenizer.json`), or a `.gguf` file.
 * @returns The model, which the caller disposes.
 * @throws {RangeError} If a file is damaged, the architecture is another, a weight is
 * missing or has another shape, naming the first, or the tokenizer has tokens that the
 * model has not.
 * @throws {Deno.errors.NotFound} If a file is missing.
 *
 * @example
 * ```ts
 * import { loadLanguageModel, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * // A tiny random model; a real one is such a folder too.
 * const model = await loadLanguageModel("tests/pretrained/fixtures/decoders/llama");
 * const tokens = tf.tensor2d([[5, 9, 11], [7, 8, 9]], [2, 3], "int32");
 * const logits = model.logits(tokens);
 * const logp = model.tokenLogProbs(tokens);
 * assertEquals(logits.shape, [2, 3, 40]);
 * assertEquals(logp.shape, [2, 2]);
 * tf.dispose([tokens, logits, logp]);
 * model.dispose();
 * ```
 */
export async function loadLanguageModel(path: string): Promise<LanguageModel> {
  const weights = await openWeights(path);
  try {
    const { config } = weights;
    const { vocabulary } = readDecoderConfig(config);
    const tokenizer = await tokenizerOf(path, vocabulary);
    return languageModel(await readDecoder(weights), { config, tokenizer });
  } finally {
    weights.close();
  }
}

/**
 * The tokenizer beside a model, if there is one.
 *
 * @throws {RangeError} If it has tokens that the model has not.
 */
export async function tokenizerOf(
  path: string,
  vocabulary: number,
): Promise<Tokenizer | undefined> {
  const tokenizer = await ifThere(loadTokenizer(path));
  // A model may have more: vocabularies are padded.
  if (tokenizer && tokenizer.size > vocabulary) {
    throw new RangeError(
      `Cannot read ${path}: expected a tokenizer of at most the model's ${vocabulary} tokens, got ${tokenizer.size}`,
    );
  }
  return tokenizer;
}

/**
 * A language model that reads what is heard: token `V + i`, after the vocabulary of V, is
 * row i of `heard`. It trains, scores and generates as any other.
 *
 * @param model The language model, whose weights stay its own: `dispose` of what is
 * returned does nothing.
 * @param heard `[n, width]`, which stays the caller's; the gradient of `logits` and of
 * `tokenLogProbs` reaches it.
 * @returns The language model.
 * @throws {TypeError} If `heard` has another type or shape.
 *
 * @example
 * ```ts
 * import { loadLanguageModel, tf, withHeard } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadLanguageModel("tests/pretrained/fixtures/decoders/llama");
 * const heard = tf.zeros([3, 16]);
 * const tokens = tf.tensor2d([[5, 40, 41, 42, 7]], [1, 5], "int32");
 * const logits = withHeard(model, heard).logits(tokens);
 * assertEquals(logits.shape, [1, 5, 40]);
 * tf.dispose([heard, tokens, logits]);
 * model.dispose();
 * ```
 */
export function withHeard(model: LanguageModel, heard: Tensor): LanguageModel {
  const { width } = model.decoder.config;
  const fits = heard.dtype === "float32" && heard.rank === 2 &&
    heard.size > 0 && heard.shape[1] === width;
  if (!fits) {
    throw new TypeError(
      `Expected heard of type float32 and shape [n, ${width}], got ${heard.dtype} [${heard.shape}]`,
    );
  }
  return {
    ...languageModel({ ...model.decoder, heard }, model),
    dispose: () => {},
  };
}

/** A language model of a decoder; it disposes the decoder's weights. */
export function languageModel(
  decoder: Decoder,
  { config, tokenizer }: Pick<LanguageModel, "config" | "tokenizer">,
): LanguageModel {
  const linears = linearsOf(decoder.config);
  let disposed = false;
  const check = (tokens: Tensor, adapters?: Params) => {
    if (disposed) throw new Error("The language model was disposed");
    assertTokenIds(tokens, decoder);
    if (adapters) assertAdapters(adapters, linears, tokens.shape[0]);
  };
  const { width, vocabulary } = decoder.config;
  return {
    config,
    tokenizer,
    decoder,
    logits(tokens, adapters) {
      check(tokens, adapters);
      return tf.tidy(() => {
        const h = hiddenStates(decoder, tokens, adapters);
        const flat = frozenProduct(tf.reshape(h, [-1, width]), headOf(decoder));
        return tf.reshape(flat, [...tokens.shape, vocabulary]);
      });
    },
    tokenLogProbs(tokens, adapters) {
      check(tokens, adapters);
      const [batch, length] = tokens.shape as [number, number];
      if (length < 2) {
        throw new TypeError(
          `Expected tokens [B, T] with T at least 2, got [${tokens.shape}]`,
        );
      }
      return tf.tidy(() => {
        const h = hiddenStates(decoder, tokens, adapters);
        const before = tf.slice(h, 0, [batch, length - 1, width]);
        const chosen = tf.slice(tokens, [0, 1], [batch, length - 1]);
        // What is heard is given, never drawn.
        const given = decoder.heard &&
          tf.greaterEqual(chosen, tf.scalar(vocabulary, "int32"));
        const drawn = given
          ? tf.where(given, tf.zerosLike(chosen), chosen)
          : chosen;
        const flat = chosenLogProbs(
          tf.reshape(before, [-1, width]),
          headOf(decoder),
          tf.reshape(drawn, [-1]),
        );
        const logp = tf.reshape(flat, [batch, length - 1]);
        return given ? tf.where(given, 0, logp) : logp;
      });
    },
    dispose() {
      if (!disposed) tf.dispose(decoder.weights);
      disposed = true;
    },
  };
}

/**
 * Checks tokens that a decoder is to read.
 *
 * @throws {TypeError} If they are not int32 `[B, T]`, or there are none.
 * @throws {RangeError} If there are too many, or one is not in the vocabulary, where
 * values can be read.
 */
export function assertTokenIds(
  tokens: Tensor,
  { config: { length, vocabulary }, heard }: Decoder,
): void {
  if (tokens?.dtype !== "int32" || tokens.rank !== 2 || tokens.size === 0) {
    throw new TypeError(
      `Expected tokens of type int32 and shape [B, T], got ${
        tokens?.dtype ?? typeof tokens
      } [${tokens?.shape}]`,
    );
  }
  if (tokens.shape[1]! > length) {
    throw new RangeError(
      `Expected at most ${length} tokens, the model's context, got ${
        tokens.shape[1]
      }`,
    );
  }
  assertInVocabulary("tokens", tokens, vocabulary + (heard?.shape[0] ?? 0));
}
