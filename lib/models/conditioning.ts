import { type Tensor, tf } from "../tf/backend.ts";
import { type Params, type ParamSpec } from "./params.ts";

/** How many Fourier features of the time a model sees. */
export const timeFeatureCount = 16;

/**
 * Fourier features of the time: `cos(k pi t)`, then `sin(k pi t)`, k = 1 to 8.
 * Their period is 2, so that t = 0 and t = 1 do not fall together.
 *
 * @param t Times, `[...]`.
 * @returns `[..., 16]`, which the caller disposes; the gradient reaches `t`.
 *
 * @example
 * ```ts
 * import { tf, timeFeatures } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const features = tf.tidy(() => timeFeatures(tf.scalar(0.5)));
 * const values = await features.data();
 * assertAlmostEquals(values[0], 0, 1e-6); // cos(pi / 2)
 * assertAlmostEquals(values[8], 1, 1e-6); // sin(pi / 2)
 * features.dispose();
 * ```
 */
export function timeFeatures(t: Tensor): Tensor {
  const half = timeFeatureCount / 2;
  const index = Array.from({ length: timeFeatureCount }, (_, i) => i);
  return tf.tidy(() => {
    const rates = tf.tensor1d(index.map((i) => Math.PI * (1 + i % half)));
    const phases = tf.tensor1d(index.map((i) => i < half ? 0 : Math.PI / 2));
    const angles = tf.mul(tf.expandDims(t, -1), rates); // [..., 16]
    return tf.cos(tf.sub(angles, phases));
  });
}

/** The parameters that {@linkcode conditioning} reads. */
export function conditioningSpecs(
  { contexts, width }: { contexts: number; width: number },
): Record<string, ParamSpec> {
  return {
    "time/kernel": {
      shape: [timeFeatureCount, width],
      std: Math.sqrt(2 / timeFeatureCount),
    },
    "context/embedding": { shape: [contexts, width], std: 1 },
  };
}

/**
 * Embeds time and context: `features(t) Wt + embedding[c]`.
 *
 * @param params With `time/kernel` and `context/embedding`, of M members.
 * @param t Times, `[]` or `[M, N]`.
 * @param c Contexts, int32 `[N]`.
 * @returns `[M, N, width]`, which the caller disposes; gradients reach `params`
 * and `t`.
 */
export function conditioning(params: Params, t: Tensor, c: Tensor): Tensor {
  const { "time/kernel": kernel, "context/embedding": embedding } = params;
  const [members, contexts] = embedding.shape;
  return tf.tidy(() => {
    // A product, as its gradient is far cheaper than that of a gather.
    // tf.oneHot wants two classes or more.
    const ids = tf.range(0, contexts, 1, "int32");
    const oneHot = tf.cast(tf.equal(tf.expandDims(c, 1), ids), "float32"); // [N, C]
    const features = timeFeatures(t);
    if (t.rank > 0) {
      return tf.add(tf.matMul(features, kernel), tf.matMul(oneHot, embedding));
    }
    const row = tf.tile(
      tf.reshape(features, [1, 1, timeFeatureCount]),
      [members, 1, 1],
    );
    return tf.matMul(oneHot, tf.add(embedding, tf.matMul(row, kernel)));
  });
}
