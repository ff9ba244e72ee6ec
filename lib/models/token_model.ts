import { type Tensor } from "../tf/backend.ts";
import { type Params } from "./params.ts";

/**
 * What a model remembers of the tokens it has read, so that it need not read them
 * again: keys and values of each attention, `[M * N, heads, read, size]` by name.
 */
export type TokenCache = Record<string, Tensor>;

/** What reading more tokens gives: fresh tensors, which the caller disposes. */
export type Extension = {
  /** Logits of the token after each one just read, `[M, N, S, V]`. */
  logits: Tensor;
  /** The memory of all tokens read so far. */
  cache: TokenCache;
};

/**
 * A language model with learned parameters for a whole population of members at
 * once: pure functions, the parameters are the caller's.
 *
 * It writes the tokens 0 to V - 1. Tokens from V on it only reads: they make up
 * prompts and never appear in what it writes, so that the completions of length T
 * are all V^T of them and nothing else.
 */
export interface TokenModel {
  /** How many tokens it can write, V. */
  readonly vocabulary: number;
  /** The longest sequence that it can read, prompt and completion together. */
  readonly length: number;
  /**
   * Draws starting parameters.
   *
   * @param keys int32 `[M, 2]`; member `i` depends on `keys[i]` alone.
   * @returns Parameters, each `[M, ...]`, which the caller disposes.
   */
  init(keys: Tensor): Params;
  /**
   * Computes, after each token, the logits of the next one. Later tokens do not
   * matter to earlier logits. Gradients reach `params`.
   *
   * @param params Parameters of M members.
   * @param tokens int32 `[M, N, T]`.
   * @returns `[M, N, T, V]`, which the caller disposes.
   * @throws {TypeError} If a shape or type does not fit.
   * @throws {RangeError} If there are more tokens than `length`.
   */
  logits(params: Params, tokens: Tensor): Tensor;
  /**
   * Reads on: {@linkcode TokenModel.logits} of the tokens that follow those in
   * the cache, at the cost of the new ones.
   *
   * @param params Parameters of M members.
   * @param tokens The new tokens, int32 `[M, N, S]`.
   * @param cache What earlier calls returned; `{}` at the start. It stays.
   * @returns Logits `[M, N, S, V]` and the longer cache.
   * @throws {TypeError} If a shape or type does not fit.
   * @throws {RangeError} If there are more tokens than `length` in all.
   */
  extend(params: Params, tokens: Tensor, cache: TokenCache): Extension;
}

/**
 * Checks the tokens that a model is to read; reads no value.
 *
 * @param tokens int32 `[members, N, T]`.
 * @param sizes `read`, the tokens read before, and `length`, the most there can be.
 * @throws {TypeError} If the shape or type does not fit.
 * @throws {RangeError} If there are too many tokens.
 */
export function assertTokens(
  tokens: Tensor,
  { members, read, length }: { members: number; read: number; length: number },
): void {
  const fits = tokens.rank === 3 && tokens.shape[0] === members &&
    tokens.size > 0 && tokens.dtype === "int32";
  if (!fits) {
    throw new TypeError(
      `Cannot compute logits: expected tokens of type int32 and shape [${members}, N, T], got ${tokens.dtype} [${tokens.shape}]`,
    );
  }
  const total = read + tokens.shape[2]!;
  if (total > length) {
    throw new RangeError(
      `Cannot compute logits: expected at most ${length} tokens, got ${total}`,
    );
  }
}
