import { type Tensor, tf } from "../tf/backend.ts";
import {
  assertCoefficient,
  assertPositive,
  assertPositiveInteger,
  assertSameShape,
} from "../tf/check.ts";

/** Steers beta to a target divergence: pure functions, the caller keeps beta. */
export interface AdaptiveKlController {
  /**
   * The beta to start with.
   *
   * @param shape The shape of the population's coefficients, such as `[M, 1]`.
   * @returns float32 of that shape, which the caller disposes.
   */
  init(shape: readonly number[]): Tensor;
  /**
   * The next beta.
   *
   * @param measured The `beta` in use and the mean `kl` of the samples drawn under
   * it, in nats, of one shape.
   * @param options.samples How many samples that was.
   * @returns A fresh tensor of that shape, which the caller disposes.
   * @throws {TypeError} If the shapes differ.
   * @throws {RangeError} If `samples` is not a positive integer.
   */
  update(
    measured: { beta: Tensor; kl: Tensor },
    options: { samples: number },
  ): Tensor;
}

/**
 * The adaptive controller of the KL weight, one scalar for a whole batch:
 *
 *     beta *= 1 + clip(kl / target - 1, -0.2, 0.2) min(1, samples / horizon).
 *
 * Beta rises while the policy is further from the reference than the target, and
 * falls while it is closer: by a fifth an update at most, so that it stays positive.
 *
 * Paper: Ziegler et al. (2019, arXiv 1909.08593), section 2.2. Deviates from the
 * paper: the gain is samples / horizon, as in its code, where the text has 0.1; it
 * is 1 at most, where the code has no limit and beta can turn negative.
 *
 * @param options.target The divergence to hold, in nats, positive: a number, or a
 * tensor that broadcasts against the coefficients.
 * @param options.horizon Samples over which beta can move by about a fifth,
 * positive.
 * @param options.beta The start, 0 or more: a number, or a tensor that broadcasts
 * against the coefficients. 0 stays 0.
 * @returns The controller; it holds the tensors given, and disposes none.
 * @throws {RangeError} If a number is out of range.
 *
 * @example
 * ```ts
 * import { adaptiveKlController, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const controller = adaptiveKlController({ target: 2, horizon: 1000, beta: 0.5 });
 * const beta = controller.init([1]);
 * const kl = tf.tensor1d([2.2]);
 * const next = controller.update({ beta, kl }, { samples: 100 });
 * // 10% too far: 0.5 (1 + 0.1 * 100 / 1000)
 * assertAlmostEquals((await next.data())[0], 0.505, 1e-6);
 * tf.dispose([beta, kl, next]);
 * ```
 */
export function adaptiveKlController(
  { target, horizon, beta }: {
    target: number | Tensor;
    horizon: number;
    beta: number | Tensor;
  },
): AdaptiveKlController {
  if (typeof target === "number") assertPositive("target", target);
  assertPositive("horizon", horizon);
  return {
    init(shape) {
      assertCoefficient("beta", beta, shape);
      return tf.tidy(() => tf.mul(tf.ones([...shape]), beta));
    },
    update({ beta, kl }, { samples }) {
      assertSameShape({ beta, kl });
      assertPositiveInteger("samples", samples);
      assertCoefficient("target", target, kl.shape);
      return tf.tidy(() => {
        const error = tf.sub(tf.div(kl, target), 1);
        // Not clipByValue, which loses NaN on WebAssembly.
        const clipped = tf.minimum(tf.maximum(error, -0.2), 0.2);
        const gain = Math.min(1, samples / horizon);
        return tf.mul(beta, tf.add(1, tf.mul(clipped, gain)));
      });
    },
  };
}
