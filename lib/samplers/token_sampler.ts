import { type Extension, type TokenCache } from "../models/token_model.ts";
import { tokenLogProbs } from "../models/token_log_probs.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { assertPositiveInteger } from "../tf/check.ts";
import { uniform } from "../tf/random.ts";
import { type TokenChoice } from "./token_choice.ts";

/**
 * What tokens are sampled from: reads the new tokens, int32 `[M, N, S]`, after
 * those in the cache. The `extend` of a model with its parameters filled in.
 */
export type NextTokens = (tokens: Tensor, cache: TokenCache) => Extension;

/** Completions as drawn: fresh tensors, which the caller disposes. */
export type Completions = {
  /** int32 `[M, N, T]`; after a stop token, stop tokens. */
  tokens: Tensor;
  /** The log-probability each token was drawn with, in nats, `[M, N, T]`; 0 after a stop token. */
  logp: Tensor;
  /** `[M, N, T]`: 1 up to the stop token and with it, 0 after it. */
  mask: Tensor;
};

/** How tokens are drawn. */
export interface SampleTokensOptions {
  /** How many tokens to draw, T. */
  length: number;
  /** Reshape the distribution, one after the other; none when left out. */
  choices?: readonly TokenChoice[];
  /** The token that ends a completion; none when left out. */
  stop?: number;
}

/**
 * Draws completions token by token,
 *
 *     y_t ~ softmax(choices(logits(prompt, y_1 ... y_{t-1}))).
 *
 * The draws take the largest of logits plus Gumbel noise (Maddison et al. 2014,
 * arXiv 1411.0030, section 2), so that a token that is left out never comes up. No
 * value is read: the loop runs to its end whatever stops.
 *
 * The log-probabilities are those of the distribution that was drawn from. With
 * `choices` that is not the policy's own: for a ratio of 1 at the start, apply the
 * same choices to {@linkcode completionLogits} before {@linkcode tokenLogProbs}.
 *
 * @param next The policy.
 * @param draw.prompts int32 `[N, P]`, P at least 1, shared by the members.
 * @param draw.keys Random keys `[M, 2]`; the completions of member i depend on key
 * i only.
 * @param options How to draw.
 * @returns The completions. No gradient: put them into a teacher-forced pass.
 * @throws {TypeError} If a shape does not fit.
 * @throws {RangeError} If `length` is not a positive integer.
 *
 * @example
 * ```ts
 * import { gpt, keys, sampleTokens, temperature, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const model = gpt({
 *   vocabulary: 10, promptTokens: 4, length: 3, width: 16, depth: 1, heads: 2,
 * });
 * const members = keys([1, 2]);
 * const params = model.init(members);
 * const prompts = tf.tensor2d([[10], [10], [13]], [3, 1], "int32");
 * const { tokens, logp, mask } = sampleTokens(
 *   (tokens, cache) => model.extend(params, tokens, cache),
 *   { prompts, keys: members },
 *   { length: 3, choices: [temperature(0.8)] },
 * );
 * assertEquals(tokens.shape, [2, 3, 3]);
 * tf.dispose([members, params, prompts, tokens, logp, mask]);
 * ```
 */
export function sampleTokens(
  next: NextTokens,
  { prompts, keys }: { prompts: Tensor; keys: Tensor },
  { length, choices = [], stop }: SampleTokensOptions,
): Completions {
  assertPositiveInteger("length", length);
  if (prompts.rank !== 2 || prompts.size === 0 || prompts.dtype !== "int32") {
    throw new TypeError(
      `Expected prompts of type int32 and shape [N, P], got ${prompts.dtype} [${prompts.shape}]`,
    );
  }
  const members = keys.shape[0];
  return tf.tidy(() => {
    const drawn: Completions[] = [];
    let open = tf.ones([members, prompts.shape[0]]) as Tensor;
    let unread = tf.tile(tf.expandDims(prompts, 0), [members, 1, 1]);
    let cache: TokenCache = {};
    let noise: Tensor[] | undefined;
    for (let t = 0; t < length; t++) {
      const read = next(unread, cache);
      const logits = choices.reduce(
        (x, choice) => choice(x),
        last(read.logits),
      );
      noise ??= gumbelNoise(keys, [length, ...logits.shape.slice(1)]);
      const choice = tf.argMax(tf.add(logits, noise[t]), -1);
      const tokens = stop === undefined ? choice : tf.where(
        tf.cast(open, "bool"),
        choice,
        tf.fill(choice.shape, stop, "int32"),
      );
      const logp = tf.mul(tokenLogProbs({ logits, tokens }), open);
      drawn.push({ tokens, logp, mask: open });
      if (stop !== undefined) {
        open = tf.mul(open, tf.cast(tf.notEqual(tokens, stop), "float32"));
      }
      unread = tf.expandDims(tokens, 2);
      cache = read.cache;
    }
    const gather = (name: keyof Completions) =>
      tf.stack(drawn.map((step) => step[name]), 2);
    return {
      tokens: gather("tokens"),
      logp: gather("logp"),
      mask: gather("mask"),
    };
  });
}

/** The logits after the last token read, `[M, N, V]`. */
function last(logits: Tensor): Tensor {
  const [members, samples, read, vocabulary] = logits.shape;
  const row = tf.slice(logits, [0, 0, read - 1, 0], [-1, -1, 1, -1]);
  return tf.reshape(row, [members, samples, vocabulary!]);
}

/** Standard Gumbel noise, `[M, ...]` for each of the steps. */
function gumbelNoise(
  keys: Tensor,
  [steps, ...shape]: readonly number[],
): Tensor[] {
  // Below the least positive draw, so that the noise is finite at a draw of 0.
  const u = tf.maximum(uniform(keys, [steps, ...shape]), 2 ** -26);
  return tf.unstack(tf.neg(tf.log(tf.neg(tf.log(u)))), 1);
}
