import { type Tensor, tf } from "../tf/backend.ts";
import { assertPositiveInteger } from "../tf/check.ts";
import { uniform } from "../tf/random.ts";
import { contextIds } from "./context_ids.ts";
import { sequencesAt } from "./enumerate_sequences.ts";
import { type SequenceCorpus } from "./sequence_corpus.ts";

/**
 * Draws sequences of a corpus, the same number in each context, by the inverse of
 * its cumulative probabilities at a uniform draw.
 *
 * @param corpus The corpus.
 * @param keys Random keys `[M, 2]`; row m of the sequences depends on key m only.
 * @param options.perContext Sequences of each context, K.
 * @returns `tokens`, int32 `[M, N, T]`, and their contexts `c`, int32 `[N]`, with
 * N = contexts * K in context-major order. The caller disposes both.
 * @throws {RangeError} If `perContext` is not a positive integer.
 *
 * @example
 * ```ts
 * import { digitSum, keys, roughCorpus, sampleCorpus, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const corpus = roughCorpus(digitSum(), { spread: 3 });
 * const seeds = keys([0, 1]);
 * const { tokens, c } = sampleCorpus(corpus, seeds, { perContext: 5 });
 * assertEquals([tokens.shape, c.shape], [[2, 20, 3], [20]]);
 * tf.dispose([seeds, tokens, c]);
 * ```
 */
export function sampleCorpus(
  { vocabulary, length, probabilities }: SequenceCorpus,
  keys: Tensor,
  { perContext }: { perContext: number },
): { tokens: Tensor; c: Tensor } {
  assertPositiveInteger("perContext", perContext);
  const contexts = probabilities.length;
  const c = contextIds(contexts, perContext);
  const tokens = tf.tidy(() => {
    // Where each sequence but the first begins, [contexts, V^T - 1].
    const bounds = tf.tensor2d(probabilities.map(starts));
    const draws = tf.expandDims(uniform(keys, [contexts * perContext]), -1);
    const passed = tf.greaterEqual(draws, tf.gather(bounds, c)); // [M, N, V^T - 1]
    const index = tf.sum(tf.cast(passed, "int32"), -1);
    return sequencesAt(tf.cast(index, "int32"), { vocabulary, length });
  });
  return { tokens, c };
}

/** Running sums of all but the last, in double precision. */
function starts(probabilities: readonly number[]): number[] {
  let total = 0;
  return probabilities.slice(0, -1).map((p) => total += p);
}
