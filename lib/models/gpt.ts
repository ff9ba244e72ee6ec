import { tf } from "../tf/backend.ts";
import { assertPositiveInteger } from "../tf/check.ts";
import { rmsNorm, silu } from "./activations.ts";
import { causalAttention } from "./causal_attention.ts";
import { countMembers, initParams } from "./params.ts";
import { embedTokens } from "./token_embedding.ts";
import {
  assertTokens,
  type TokenCache,
  type TokenModel,
} from "./token_model.ts";

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

  const extend: TokenModel["extend"] = (params, tokens, cache) => {
    const read = cache[`${blocks[0]}/key`]?.shape[2] ?? 0;
    assertTokens(tokens, { members: countMembers(params), read, length });
    const count = tokens.shape[2]!;
    return tf.tidy(() => {
      const grown: TokenCache = {};
      let h = embedTokens(params, tokens, { readable, start: read });
      for (const block of blocks) {
        const names = { key: `${block}/key`, value: `${block}/value` };
        const past = read === 0
          ? undefined
          : { key: cache[names.key], value: cache[names.value] };
        const weights = {
          query: params[`${block}/query`],
          key: params[`${block}/key`],
          value: params[`${block}/value`],
          merge: params[`${block}/merge`],
        };
        const { mixed, key, value } = causalAttention(
          rmsNorm(h),
          weights,
          past,
          { tokens: count, heads },
        );
        grown[names.key] = key;
        grown[names.value] = value;
        h = tf.add(h, mixed);
        const up = silu(tf.matMul(rmsNorm(h), params[`${block}/up`]));
        h = tf.add(h, tf.matMul(up, params[`${block}/down`]));
      }
      const out = tf.matMul(rmsNorm(h), params["output/kernel"]);
      const logits = tf.reshape(out, [...tokens.shape, vocabulary]);
      return { logits, cache: grown };
    });
  };

  return {
    vocabulary,
    length,
    init: (keys) => initParams(keys, specs),
    logits: (params, tokens) =>
      tf.tidy(() => extend(params, tokens, {}).logits),
    extend,
  };
}
