import { loop } from "../compile/mod.ts";
import { type Params } from "../models/params.ts";
import { type TokenModel } from "../models/token_model.ts";
import { tokenLogProbs } from "../models/token_log_probs.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { assertPositiveInteger } from "../tf/check.ts";
import { gumbelNoise } from "./gumbel_noise.ts";
import { type TokenChoice } from "./token_choice.ts";

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
 * value is read: the drawing goes on to its end whatever stops. In a compiled
 * function it is one {@linkcode loop}.
 *
 * The log-probabilities are those of the distribution that was drawn from. With
 * `choices` that is not the policy's own: for a ratio of 1 at the start, apply the
 * same choices to {@linkcode completionLogits} before {@linkcode tokenLogProbs}.
 *
 * @param model The model.
 * @param draw.params Parameters of M members.
 * @param draw.prompts int32 `[N, P]`, P at least 1, shared by the members.
 * @param draw.keys Random keys `[M, 2]`; the completions of member i depend on key
 * i only.
 * @param options How to draw.
 * @returns The completions. No gradient: put them into a teacher-forced pass.
 * @throws {TypeError} If a shape does not fit.
 * @throws {RangeError} If `length` is not a positive integer, `stop` is no token of
 * the vocabulary, or the model cannot read P + T - 1 tokens.
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
 *   model,
 *   { params, prompts, keys: members },
 *   { length: 3, choices: [temperature(0.8)] },
 * );
 * assertEquals(tokens.shape, [2, 3, 3]);
 * tf.dispose([members, params, prompts, tokens, logp, mask]);
 * ```
 */
export function sampleTokens(
  model: Pick<TokenModel, "vocabulary" | "emptyCache" | "extend">,
  { params, prompts, keys }: { params: Params; prompts: Tensor; keys: Tensor },
  { length, choices = [], stop }: SampleTokensOptions,
): Completions {
  assertPositiveInteger("length", length);
  if (prompts.rank !== 2 || prompts.size === 0 || prompts.dtype !== "int32") {
    throw new TypeError(
      `Expected prompts of type int32 and shape [N, P], got ${prompts.dtype} [${prompts.shape}]`,
    );
  }
  const members = keys.shape[0];
  const [samples, given] = prompts.shape as [number, number];
  const { vocabulary } = model;
  if (
    stop !== undefined &&
    !(Number.isInteger(stop) && stop >= 0 && stop < vocabulary)
  ) {
    throw new RangeError(
      `Expected stop to be a token, an integer from 0 to ${
        vocabulary - 1
      }, got ${stop}`,
    );
  }
  return tf.tidy(() => {
    const noise = gumbelNoise(keys, [length, samples, vocabulary]);
    const asked = tf.tile(tf.expandDims(prompts, 0), [members, 1, 1]);
    const start = model.emptyCache(members * samples, given + length - 1);
    const cache = given === 1 ? start : model.extend(
      params,
      tf.slice(asked, 0, [members, samples, given - 1]),
      start,
    ).cache;
    const blank = tf.zeros([members, samples, length]);
    const state = {
      cache,
      unread: tf.slice(asked, [0, 0, given - 1]),
      open: tf.ones([members, samples]) as Tensor,
      tokens: tf.cast(blank, "int32") as Tensor,
      logp: blank as Tensor,
      mask: blank as Tensor,
    };
    const { tokens, logp, mask } = loop(length, state, (before, t) => {
      const { open } = before;
      const read = model.extend(params, before.unread, before.cache);
      const logits = choices.reduce(
        (x, choice) => choice(x),
        tf.reshape(read.logits, [members, samples, vocabulary]),
      );
      const noiseNow = tf.squeeze(tf.gather(noise, tf.expandDims(t), 1), [1]);
      const choice = tf.argMax(tf.add(logits, noiseNow), -1);
      const token = stop === undefined ? choice : tf.where(
        tf.cast(open, "bool"),
        choice,
        tf.fill(choice.shape, stop, "int32"),
      );
      const logp = tf.mul(tokenLogProbs({ logits, tokens: token }), open);
      const place = tf.cast(
        tf.equal(tf.range(0, length, 1, "int32"), t),
        "int32",
      );
      const put = (row: Tensor, value: Tensor) =>
        tf.add(row, tf.mul(tf.expandDims(value, 2), tf.cast(place, row.dtype)));
      return {
        cache: read.cache,
        unread: tf.expandDims(token, 2),
        open: stop === undefined
          ? open
          : tf.mul(open, tf.cast(tf.notEqual(token, stop), "float32")),
        tokens: put(before.tokens, token),
        logp: put(before.logp, logp),
        mask: put(before.mask, open),
      };
    });
    return { tokens, logp, mask };
  });
}
