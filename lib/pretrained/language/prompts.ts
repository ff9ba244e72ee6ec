import { type Tensor, tf } from "../../tf/backend.ts";

/** Prompts of different lengths, as tensors. */
export type Prompts = {
  /** int32 `[C, P]`; after a prompt's end, any token: it is never read. */
  tokens: Tensor;
  /** How many tokens each has, int32 `[C]`, from 1 to P. */
  lengths: Tensor;
};

/**
 * Makes tensors of prompts, each filled up on the right to the longest, or to `length`:
 * prompts of one shape need no further trace of a compiled function.
 *
 * @param prompts The tokens of each prompt.
 * @param length Places of each, P; those of the longest when left out.
 * @returns The tensors, which the caller disposes.
 * @throws {RangeError} If there is no prompt, or one is empty or longer than `length`.
 *
 * @example
 * ```ts
 * import { padPrompts, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const { tokens, lengths } = padPrompts([[7, 8, 9], [5]]);
 * assertEquals(await tokens.array(), [[7, 8, 9], [5, 0, 0]]);
 * assertEquals(await lengths.array(), [3, 1]);
 * tf.dispose([tokens, lengths]);
 * ```
 */
export function padPrompts(
  prompts: readonly (readonly number[])[],
  length: number = Math.max(...prompts.map((prompt) => prompt.length)),
): Prompts {
  if (prompts.length === 0) throw new RangeError("Expected prompts, got none");
  const wrong = prompts.findIndex(({ length: own }) => own < 1 || own > length);
  if (wrong >= 0) {
    throw new RangeError(
      `Expected prompts of 1 to ${length} tokens, got ${
        prompts[wrong].length
      } in prompt ${wrong}`,
    );
  }
  const rows = prompts.map((prompt) => [
    ...prompt,
    ...Array(length - prompt.length).fill(0),
  ]);
  return {
    tokens: tf.tensor2d(rows, [prompts.length, length], "int32"),
    lengths: tf.tensor1d(prompts.map((prompt) => prompt.length), "int32"),
  };
}

/** Each row n times, one after the other: `[C, ...]` to `[C n, ...]`. */
export function repeatRows(x: Tensor, n: number): Tensor {
  const [count, ...rest] = x.shape;
  const once = tf.reshape(x, [count, 1, ...rest]);
  return tf.reshape(tf.tile(once, [1, n, ...rest.map(() => 1)]), [-1, ...rest]);
}

/** The prompts of M members, of each in turn: M C rows, fresh, which the caller disposes. */
export function repeatPrompts(
  { tokens, lengths }: Prompts,
  members: number,
): Prompts {
  return {
    tokens: tf.tile(tokens, [members, 1]),
    lengths: tf.tile(lengths, [members]),
  };
}
