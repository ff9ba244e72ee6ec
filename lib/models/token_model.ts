import { type Tensor } from "../tf/backend.ts";
import { type Params } from "./params.ts";

/**
 * What a model remembers of the tokens it has read, so that it need not read them
 * again: `read`, how many there are, int32 `[]`, and keys and values of each
 * attention, `[places, M * N, heads, size]` by name, 0 in the places still to come: a
 * place is written as it stands.
 * Its shapes stay the same, so that a loop can carry it.
 */
export type TokenCache = Record<string, Tensor>;

/** What reading more tokens gives: fresh tensors, which the caller disposes. */
export type Extension = {
  /** Logits of the token after each one just read, `[M, N, S, V]`. */
  logits: Tensor;
  /** The memory of all tokens read so far, of the shapes of the one before. */
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
   * Makes the cache to start reading with.
   *
   * @param sequences How many sequences of all members there are, M * N.
   * @param places The most tokens that will be read of each.
   * @returns The cache, which the caller disposes.
   * @throws {RangeError} If a number is not a positive integer, or there are more
   * places than `length`.
   */
  emptyCache(sequences: number, places: number): TokenCache;
  /**
   * Reads on: {@linkcode TokenModel.logits} of the tokens that follow those in
   * the cache, at the cost of the new ones. No value is read, so that what is read
   * beyond the places of the cache has meaningless logits and is no error.
   *
   * @param params Parameters of M members.
   * @param tokens The new tokens, int32 `[M, N, S]`.
   * @param cache From `emptyCache` or an earlier call. It stays.
   * @returns Logits `[M, N, S, V]` and the next cache; for gradients read all tokens
   * at once by `logits`.
   * @throws {TypeError} If a shape or type does not fit.
   * @throws {RangeError} If there are more tokens than places.
   */
  extend(params: Params, tokens: Tensor, cache: TokenCache): Extension;
}

/**
 * Checks the tokens that a model is to read; reads no value.
 *
 * @param tokens int32 `[members, N, T]`.
 * @param sizes The `members`, and `length`, the most tokens there can be.
 * @throws {TypeError} If the shape or type does not fit.
 * @throws {RangeError} If there are too many tokens.
 */
export function assertTokens(
  tokens: Tensor,
  { members, length }: { members: number; length: number },
): void {
  const fits = tokens.rank === 3 && tokens.shape[0] === members &&
    tokens.size > 0 && tokens.dtype === "int32";
  if (!fits) {
    throw new TypeError(
      `Cannot compute logits: expected tokens of type int32 and shape [${members}, N, T], got ${tokens.dtype} [${tokens.shape}]`,
    );
  }
  const total = tokens.shape[2]!;
  if (total > length) {
    throw new RangeError(
      `Cannot compute logits: expected at most ${length} tokens, got ${total}`,
    );
  }
}
