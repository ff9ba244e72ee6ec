import { type Tensor, tf } from "../tf/backend.ts";
import { assertPositiveInteger } from "../tf/check.ts";
import { rmsNorm, silu } from "./activations.ts";
import { causalAttention } from "./causal_attention.ts";
import { countMembers, initParams, type Params } from "./params.ts";
import { embedTokens } from "./token_embedding.ts";
import {
  assertTokens,
  type Extension,
  type TokenCache,
  type TokenModel,
} from "./token_model.ts";
import { causalMask, placesAfter } from "./token_places.ts";

/** The size of a language model. */
export interface GptOptions {
  /** How many tokens it can write, V: the tokens 0 to V - 1. */
  vocabulary: number;
  /** How many more it can read, in prompts: the tokens V to V + promptTokens - 1. */
  promptTokens: number;
  /** The longest sequence that it can read, prompt and completion together. */
  length: number;
  /** Features of a token. */
  width: number;
  /** The number of blocks. */
  depth: number;
  /** Attention heads; divides `width`. */
  heads: number;
}

/**
 * A small pre-norm transformer language model with learned positions and a cache
 * of keys and values (after GPT-2, Radford et al. 2019).
 *
 * Token and position embeddings are added; each block is
 * `h += attention(norm(h))` and `h += Wd silu(Wu norm(h))`; the logits are a
 * projection of `norm(h)`, small at the start, so that an untrained model is near
 * uniform.
 *
 * Deviates from the paper: root mean square in place of layer norms, SiLU in place
 * of GELU, a hidden layer of twice the width, no biases, embeddings and output not
 * tied; all cheaper at this size. The members are folded into the batch of the
 * attention and are one batched product everywhere else.
 *
 * @param options The size of the network.
 * @returns The model.
 * @throws {RangeError} If a size is not a positive integer or `heads` does not
 * divide `width`.
 *
 * @example
 * ```ts
 * import { disposeParams, gpt, keys, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const model = gpt({
 *   vocabulary: 10, promptTokens: 4, length: 4, width: 16, depth: 1, heads: 2,
 * });
 * const params = tf.tidy(() => model.init(keys([1, 2])));
 * const logits = tf.tidy(() =>
 *   model.logits(params, tf.zeros([2, 5, 4], "int32"))
 * );
 * assertEquals(logits.shape, [2, 5, 4, 10]);
 * disposeParams(params);
 * logits.dispose();
 * ```
 */
export function gpt(
  { vocabulary, promptTokens, length, width, depth, heads }: GptOptions,
): TokenModel {
  const sizes = { vocabulary, promptTokens, length, width, depth, heads };
  for (const [name, value] of Object.entries(sizes)) {
    assertPositiveInteger(name, value);
  }
  if (width % heads !== 0) {
    throw new RangeError(
      `Expected heads to divide width, got ${heads} and ${width}`,
    );
  }
  const readable = vocabulary + promptTokens;
  const blocks = Array.from({ length: depth }, (_, i) => `block${i + 1}`);
  const kernel = (inputs: number, outputs: number, gain = 1) => ({
    shape: [inputs, outputs],
    std: gain / Math.sqrt(inputs),
  });
  const residualGain = 1 / Math.sqrt(2 * depth);
  const specs = Object.fromEntries([
    ["token/embedding", { shape: [readable, width], std: 1 }],
    ["position/embedding", { shape: [1, length, width], std: 0.5 }],
    ...blocks.flatMap((block) => [
      [`${block}/query`, kernel(width, width)],
      [`${block}/key`, kernel(width, width)],
      [`${block}/value`, kernel(width, width)],
      [`${block}/merge`, kernel(width, width, residualGain)],
      [`${block}/up`, kernel(width, 2 * width, Math.SQRT2)],
      [`${block}/down`, kernel(2 * width, width, residualGain)],
    ]),
    ["output/kernel", kernel(width, vocabulary, 0.1)],
  ]);

  /** Reads tokens in places whose embeddings and mask are given, after a `past`. */
  const read = (
    params: Params,
    tokens: Tensor,
    { positions, mask, past }: {
      positions: Tensor;
      mask: Tensor;
      past?: { cache: TokenCache; places: Tensor };
    },
  ): Extension => {
    const count = tokens.shape[2]!;
    const cache: TokenCache = {};
    let h = embedTokens(params, tokens, { readable, positions });
    for (const block of blocks) {
      const [keyName, valueName] = [`${block}/key`, `${block}/value`];
      const weights = {
        query: params[`${block}/query`],
        key: params[keyName],
        value: params[valueName],
        merge: params[`${block}/merge`],
      };
      const { mixed, memory } = causalAttention(rmsNorm(h), weights, {
        tokens: count,
        heads,
        mask,
        past: past && {
          key: past.cache[keyName],
          value: past.cache[valueName],
          places: past.places,
        },
      });
      if (memory) {
        cache[keyName] = memory.key;
        cache[valueName] = memory.value;
      }
      h = tf.add(h, mixed);
      const up = silu(tf.matMul(rmsNorm(h), params[`${block}/up`]));
      h = tf.add(h, tf.matMul(up, params[`${block}/down`]));
    }
    const out = tf.matMul(rmsNorm(h), params["output/kernel"]);
    const logits = tf.reshape(out, [...tokens.shape, vocabulary]);
    return { logits, cache };
  };

  return {
    vocabulary,
    length,
    init: (keys) => initParams(keys, specs),
    logits(params, tokens) {
      const members = countMembers(params);
      assertTokens(tokens, { members, length });
      const count = tokens.shape[2]!;
      return tf.tidy(() => {
        const positions = tf.slice(
          params["position/embedding"],
          0,
          [members, 1, count, width],
        );
        const mask = causalMask(count);
        return read(params, tokens, { positions, mask }).logits;
      });
    },
    emptyCache(sequences, places) {
      assertPositiveInteger("sequences", sequences);
      assertPositiveInteger("places", places);
      if (places > length) {
        throw new RangeError(
          `Cannot read: expected at most ${length} tokens, got ${places}`,
        );
      }
      const shape = [places, sequences, heads, width / heads];
      const cache: TokenCache = { read: tf.scalar(0, "int32") };
      for (const block of blocks) {
        cache[`${block}/key`] = tf.zeros(shape);
        cache[`${block}/value`] = tf.zeros(shape);
      }
      return cache;
    },
    extend(params, tokens, cache) {
      const members = countMembers(params);
      const [most = length, sequences] = cache[`${blocks[0]}/key`]?.shape ?? [];
      assertTokens(tokens, { members, length: most });
      const expected = members * tokens.shape[1]!;
      if (sequences !== expected) {
        throw new TypeError(
          `Cannot read: expected a cache of ${expected} sequences, got ${
            sequences ?? "none"
          }; emptyCache makes one`,
        );
      }
      const count = tokens.shape[2]!;
      return tf.tidy(() => {
        const sizes = { tokens: count, length: most };
        const { places, mask } = placesAfter(cache.read, sizes);
        const embeddings = params["position/embedding"];
        const positions = tf.gather(embeddings, places, 2);
        const past = { cache, places };
        const extension = read(params, tokens, { positions, mask, past });
        const total = tf.add(cache.read, tf.scalar(count, "int32"));
        return { ...extension, cache: { read: total, ...extension.cache } };
      });
    },
  };
}
