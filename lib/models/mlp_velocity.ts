import { tf } from "../tf/backend.ts";
import { assertPositiveInteger } from "../tf/check.ts";
import { silu } from "./activations.ts";
import { conditioning, conditioningSpecs } from "./conditioning.ts";
import { initParams, type ParamSpec } from "./params.ts";
import { assertVelocityInputs, type VelocityModel } from "./velocity_model.ts";

/** The size of a multilayer perceptron. */
export interface MlpVelocityOptions {
  /** The size of a flattened event, D. */
  dim: number;
  /** The number of contexts; 1 for none. */
  contexts: number;
  /** Units of each hidden layer. */
  width: number;
  /** The number of hidden layers. */
  depth: number;
}

/**
 * A velocity model for events of a few dimensions: a multilayer perceptron with
 * SiLU, Fourier features of the time and an embedding of the context,
 *
 * `h1 = silu(x Wx + features(t) Wt + embedding[c])`,
 * `h(k+1) = silu(hk Wk + bk)`, `v = h Wo + bo`.
 *
 * It starts near zero velocity. The members are one batched product a layer.
 *
 * @param options The size of the network.
 * @returns The model.
 * @throws {RangeError} If a size is not a positive integer.
 *
 * @example
 * ```ts
 * import { disposeParams, keys, mlpVelocity, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const model = mlpVelocity({ dim: 2, contexts: 4, width: 32, depth: 3 });
 * const params = tf.tidy(() => model.init(keys([1, 2, 3])));
 * const vt = tf.tidy(() =>
 *   model.velocity(params, tf.zeros([3, 5, 2]), tf.scalar(0.5), tf.zeros([5], "int32"))
 * );
 * assertEquals(vt.shape, [3, 5, 2]);
 * disposeParams(params);
 * vt.dispose();
 * ```
 */
export function mlpVelocity(
  { dim, contexts, width, depth }: MlpVelocityOptions,
): VelocityModel {
  for (const [name, value] of Object.entries({ dim, contexts, width, depth })) {
    assertPositiveInteger(name, value);
  }
  const hidden = Array.from({ length: depth - 1 }, (_, i) => `hidden${i + 1}`);
  const kernel = (
    inputs: number,
    outputs: number,
    gain: number,
  ): ParamSpec => ({
    shape: [inputs, outputs],
    std: gain / Math.sqrt(inputs),
  });
  const bias = (units: number): ParamSpec => ({ shape: [1, units], std: 0 });
  const specs = Object.fromEntries([
    ["input/kernel", kernel(dim, width, 1)],
    ...Object.entries(conditioningSpecs({ contexts, width })),
    ...hidden.flatMap((layer) => [
      [`${layer}/kernel`, kernel(width, width, Math.SQRT2)],
      [`${layer}/bias`, bias(width)],
    ]),
    ["output/kernel", kernel(width, dim, 0.1)],
    ["output/bias", bias(dim)],
  ]);

  return {
    dim,
    contexts,
    init: (keys) => initParams(keys, specs),
    velocity(params, xt, t, c) {
      assertVelocityInputs(dim, { params, xt, t, c });
      return tf.tidy(() => {
        const projected = tf.matMul(xt, params["input/kernel"]);
        let h = silu(tf.add(projected, conditioning(params, t, c)));
        for (const layer of hidden) {
          const product = tf.matMul(h, params[`${layer}/kernel`]);
          h = silu(tf.add(product, params[`${layer}/bias`]));
        }
        const product = tf.matMul(h, params["output/kernel"]);
        return tf.add(product, params["output/bias"]);
      });
    },
  };
}
