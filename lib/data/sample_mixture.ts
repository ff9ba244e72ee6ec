import { type Tensor, tf } from "../tf/backend.ts";
import { assertPositiveInteger } from "../tf/check.ts";
import { foldIn, normal, uniform } from "../tf/random.ts";
import { contextIds } from "./context_ids.ts";
import { type Mixture } from "./mixture.ts";

/**
 * Draws samples of a mixture, the same number in each context: a mode by the
 * inverse of its cumulative weights at a uniform draw, then Gaussian noise.
 *
 * @param mixture The mixture.
 * @param keys Random keys `[S, 2]`; row s of the samples depends on key s only.
 * @param options.perContext Samples of each context, K.
 * @returns Samples `x1` of `[S, N, 2]` and their contexts `c`, int32 `[N]`, with
 * N = contexts * K in context-major order. The caller disposes both.
 * @throws {RangeError} If `perContext` is not a positive integer.
 *
 * @example
 * ```ts
 * import { keys, ringMixture, sampleMixture, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const seeds = keys([0, 1]);
 * const { x1, c } = sampleMixture(ringMixture(), seeds, { perContext: 5 });
 * assertEquals([x1.shape, c.shape], [[2, 20, 2], [20]]);
 * tf.dispose([seeds, x1, c]);
 * ```
 */
export function sampleMixture(
  { means, std, weights }: Mixture,
  keys: Tensor,
  { perContext }: { perContext: number },
): { x1: Tensor; c: Tensor } {
  assertPositiveInteger("perContext", perContext);
  const modes = means.length;
  const samples = weights.length * perContext;
  const c = contextIds(weights.length, perContext);
  const x1 = tf.tidy(() => {
    // Where each mode but the first begins, [contexts, modes - 1].
    const bounds = tf.slice(
      tf.cumsum(tf.tensor2d(weights.flat(), [weights.length, modes]), 1),
      [0, 0],
      [weights.length, modes - 1],
    );
    const draws = tf.expandDims(uniform(foldIn(keys, 0), [samples]), -1);
    const passed = tf.greaterEqual(draws, tf.gather(bounds, c)); // [S, N, modes - 1]
    const mode = tf.sum(tf.cast(passed, "int32"), -1);
    const centres = tf.gather(
      tf.tensor2d(means.flat(), [modes, 2]),
      tf.cast(mode, "int32"),
    );
    return tf.add(centres, tf.mul(normal(foldIn(keys, 1), [samples, 2]), std));
  });
  return { x1, c };
}
