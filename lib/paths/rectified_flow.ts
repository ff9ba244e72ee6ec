import { type Tensor, tf } from "../tf/backend.ts";
import { assertPerEvent, assertSameShape } from "../tf/check.ts";

/**
 * The straight path from noise to data and its velocity:
 *
 *     xt = (1 - t) x0 + t x1,   ut = x1 - x0
 *
 * Paper: Liu et al. (2023, arXiv 2209.03003), the linear interpolation; Esser et al.
 * (2024, arXiv 2403.03206), section 3. Deviates from Esser et al.: time runs from noise, t = 0, to
 * data, t = 1.
 *
 * @param inputs `x0`, noise, and `x1`, data, `[..., D]`; `t`, times in [0, 1],
 * `[...]`.
 * @returns `xt` and `ut`, `[..., D]`; gradients reach the inputs; the caller
 * disposes both.
 * @throws {TypeError} If the shapes do not fit.
 *
 * @example
 * ```ts
 * import { rectifiedFlow, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const { xt, ut } = tf.tidy(() =>
 *   rectifiedFlow({
 *     x0: tf.tensor2d([[0, 4]]),
 *     x1: tf.tensor2d([[2, 0]]),
 *     t: tf.tensor1d([0.25]),
 *   })
 * );
 * assertEquals(await xt.array(), [[0.5, 3]]);
 * assertEquals(await ut.array(), [[2, -4]]);
 * tf.dispose([xt, ut]);
 * ```
 */
export function rectifiedFlow(
  { x0, x1, t }: { x0: Tensor; x1: Tensor; t: Tensor },
): { xt: Tensor; ut: Tensor } {
  assertSameShape({ x0, x1 });
  assertPerEvent({ t }, { x1 });
  return tf.tidy(() => {
    const ut = tf.sub(x1, x0);
    const xt = tf.add(x0, tf.mul(tf.expandDims(t, -1), ut));
    return { xt, ut };
  });
}
