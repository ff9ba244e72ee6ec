import { type Tensor, tf } from "../tf/backend.ts";
import { assertPositiveInteger } from "../tf/check.ts";
import { rmsNorm, silu } from "./activations.ts";
import { selfAttention } from "./attention.ts";
import {
  conditioning,
  conditioningSpecs,
  timeFeatureCount,
  timeFeatures,
} from "./conditioning.ts";
import { initParams, type ParamSpec } from "./params.ts";
import { fromPatches, toPatches } from "./patches.ts";
import { assertVelocityInputs, type VelocityModel } from "./velocity_model.ts";

/** The size of a transformer over the patches of a square grey picture. */
export interface TransformerVelocityOptions {
  /** Pixels of a side; an event is `side * side` pixels, row by row. */
  side: number;
  /** Pixels of a patch's side; divides `side`. */
  patch: number;
  /** Features of a token. */
  width: number;
  /** The number of blocks. */
  depth: number;
  /** Attention heads; divides `width`. */
  heads: number;
  /** The number of contexts; 1 for none. */
  contexts: number;
}

/**
 * A velocity model for small pictures: a transformer over patches, conditioned
 * on time and context (after DiT, Peebles and Xie 2023, arXiv 2212.09748).
 *
 * Each block adds its own projection of the conditioning to every token, then
 * `h += attention(norm(h))` and `h += Wd silu(Wu norm(h))`. The velocity is the
 * projected tokens plus `g(t) xt` with a learned gain `g`, so that the noise in
 * `xt` need not pass through the tokens.
 *
 * Deviates from the paper: additive conditioning in place of adaptive norms, root
 * mean square in place of layer norms, SiLU, no biases; all cheaper on a CPU. The
 * members are folded into the batch of the attention and are one batched product
 * everywhere else.
 *
 * @param options The size of the network.
 * @returns The model.
 * @throws {RangeError} If a size is not a positive integer, `patch` does not
 * divide `side`, or `heads` does not divide `width`.
 *
 * @example
 * ```ts
 * import { disposeParams, keys, tf, transformerVelocity } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const model = transformerVelocity({
 *   side: 28, patch: 7, width: 16, depth: 1, heads: 2, contexts: 10,
 * });
 * const params = tf.tidy(() => model.init(keys([1, 2])));
 * const vt = tf.tidy(() =>
 *   model.velocity(params, tf.zeros([2, 3, 784]), tf.scalar(0), tf.zeros([3], "int32"))
 * );
 * assertEquals(vt.shape, [2, 3, 784]);
 * disposeParams(params);
 * vt.dispose();
 * ```
 */
export function transformerVelocity(
  { side, patch, width, depth, heads, contexts }: TransformerVelocityOptions,
): VelocityModel {
  const sizes = { side, patch, width, depth, heads, contexts };
  for (const [name, value] of Object.entries(sizes)) {
    assertPositiveInteger(name, value);
  }
  assertDivides({ patch }, { side });
  assertDivides({ heads }, { width });
  const dim = side * side;
  const grid = side / patch;
  const tokens = grid * grid;
  const blocks = Array.from({ length: depth }, (_, i) => `block${i + 1}`);
  const kernel = (inputs: number, outputs: number, gain = 1): ParamSpec => ({
    shape: [inputs, outputs],
    std: gain / Math.sqrt(inputs),
  });
  const residualGain = 1 / Math.sqrt(2 * depth);
  const specs = Object.fromEntries([
    ["patch/kernel", kernel(patch * patch, width)],
    ["position/embedding", { shape: [1, tokens, width], std: 0.5 }],
    ...Object.entries(conditioningSpecs({ contexts, width })),
    ...blocks.flatMap((block) => [
      [`${block}/condition`, kernel(width, width)],
      [`${block}/query`, kernel(width, width)],
      [`${block}/key`, kernel(width, width)],
      [`${block}/value`, kernel(width, width)],
      [`${block}/merge`, kernel(width, width, residualGain)],
      [`${block}/up`, kernel(width, 2 * width, Math.SQRT2)],
      [`${block}/down`, kernel(2 * width, width, residualGain)],
    ]),
    ["output/kernel", kernel(width, patch * patch, 0.1)],
    ["skip/kernel", kernel(timeFeatureCount, 1, 0.1)],
  ]);

  return {
    dim,
    contexts,
    init: (keys) => initParams(keys, specs),
    velocity(params, xt, t, c) {
      assertVelocityInputs(dim, { params, xt, t, c });
      const [members, samples] = xt.shape;
      const flat = [members, samples * tokens, width];
      const perSample = [members, samples, tokens, width];
      return tf.tidy(() => {
        const patches = toPatches(xt, { grid, patch });
        const condition = silu(conditioning(params, t, c)); // [M, N, width]
        let h: Tensor = tf.add(
          tf.reshape(tf.matMul(patches, params["patch/kernel"]), perSample),
          params["position/embedding"], // [M, 1, T, width]
        );
        for (const block of blocks) {
          const shift = tf.matMul(condition, params[`${block}/condition`]);
          h = tf.add(tf.reshape(h, perSample), tf.expandDims(shift, 2));
          h = tf.reshape(h, flat);
          const weights = {
            query: params[`${block}/query`],
            key: params[`${block}/key`],
            value: params[`${block}/value`],
            merge: params[`${block}/merge`],
          };
          h = tf.add(h, selfAttention(rmsNorm(h), weights, { tokens, heads }));
          const up = silu(tf.matMul(rmsNorm(h), params[`${block}/up`]));
          h = tf.add(h, tf.matMul(up, params[`${block}/down`]));
        }
        const out = tf.matMul(rmsNorm(h), params["output/kernel"]);
        const pictures = fromPatches(out, { grid, patch });
        return tf.add(pictures, tf.mul(xt, skipGain(params["skip/kernel"], t)));
      });
    },
  };
}

/** The gain of the skip, `[M, 1, 1]` or `[M, N, 1]`. */
function skipGain(kernel: Tensor, t: Tensor): Tensor {
  const features = timeFeatures(t);
  return t.rank > 0
    ? tf.matMul(features, kernel)
    : tf.sum(tf.mul(tf.expandDims(features, -1), kernel), 1, true);
}

function assertDivides(
  part: Record<string, number>,
  whole: Record<string, number>,
): void {
  const [[partName, divisor]] = Object.entries(part);
  const [[wholeName, size]] = Object.entries(whole);
  if (size % divisor !== 0) {
    throw new RangeError(
      `Expected ${partName} to divide ${wholeName}, got ${divisor} and ${size}`,
    );
  }
}
