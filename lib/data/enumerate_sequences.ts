import { type Tensor, tf } from "../tf/backend.ts";
import { assertPositiveInteger } from "../tf/check.ts";

/**
 * Returns every sequence there is, in lexicographic order: sequence s is the number
 * s written with T digits in base V.
 *
 * @param options.vocabulary The number of tokens, V.
 * @param options.length Tokens of a sequence, T.
 * @returns int32 `[V^T, T]`, which the caller disposes.
 * @throws {RangeError} If a size is not a positive integer, or there are more than
 * a million sequences.
 *
 * @example
 * ```ts
 * import { enumerateSequences } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const all = enumerateSequences({ vocabulary: 2, length: 2 });
 * assertEquals(await all.array(), [[0, 0], [0, 1], [1, 0], [1, 1]]);
 * all.dispose();
 * ```
 */
export function enumerateSequences(
  { vocabulary, length }: { vocabulary: number; length: number },
): Tensor {
  assertPositiveInteger("vocabulary", vocabulary);
  assertPositiveInteger("length", length);
  const count = vocabulary ** length;
  if (count > 1e6) {
    throw new RangeError(
      `Expected at most 1000000 sequences, got ${vocabulary}^${length}`,
    );
  }
  return tf.tidy(() =>
    sequencesAt(tf.range(0, count, 1, "int32"), { vocabulary, length })
  );
}

/**
 * Returns the sequences at places of that order.
 *
 * @param index int32 `[...]`.
 * @param options The number of tokens and the length.
 * @returns int32 `[..., T]`, which the caller disposes.
 */
export function sequencesAt(
  index: Tensor,
  { vocabulary, length }: { vocabulary: number; length: number },
): Tensor {
  return tf.tidy(() => {
    const units = Array.from(
      { length },
      (_, t) => vocabulary ** (length - 1 - t),
    );
    const shifted = tf.floorDiv(
      tf.expandDims(index, -1),
      tf.tensor1d(units, "int32"),
    );
    return tf.mod(shifted, tf.scalar(vocabulary, "int32"));
  });
}
