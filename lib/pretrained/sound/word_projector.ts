import { rmsNorm, silu } from "../../models/activations.ts";
import { initParams, type Params } from "../../models/params.ts";
import { type Tensor, tf } from "../../tf/backend.ts";
import { assertKnown, assertPositiveInteger } from "../../tf/check.ts";

/** How surely a direction is a word: the logit of a cosine of 1. */
const sharpness = 20;

/** The sizes of a projector. */
export interface WordProjectorOptions {
  /** Features of an encoder's state. */
  inputs: number;
  /** States of a frame, which lie side by side. */
  stack: number;
  /** Features between the two layers. */
  hidden: number;
  /** Features of a language model's embedding. */
  outputs: number;
}

/** From what an audio encoder hears to the words of a language model. */
export interface WordProjector {
  /**
   * Draws parameters.
   *
   * @param keys int32 `[M, 2]`.
   * @returns Each `[M, ...]`; the caller disposes them.
   */
  init(keys: Tensor): Params;
  /**
   * Says which word each frame is of: class 0 is none of them, for
   * {@linkcode ctcLoss}, and class k is row k - 1 of the words.
   *
   * @param params Of M members.
   * @param states Of an audio encoder, `[N, T, inputs]`, T a multiple of `stack`.
   * @param words The language model's embeddings of K words, `[K, outputs]`.
   * @returns Logits `[M, N, T / stack, K + 1]`; the gradient reaches `params`; the caller
   * disposes it.
   * @throws {TypeError} If a shape does not fit.
   */
  logits(params: Params, states: Tensor, words: Tensor): Tensor;
}

/**
 * A projector that is aligned without the language model: two layers make of each few
 * states a direction among the embeddings of words, and a word's logit is its cosine,
 *
 *     p = W2 silu(W1 x + b),   logit_k = 20 cos(p, e_k),
 *
 * with one more direction, learned, for none of the words.
 *
 * @param options The sizes.
 * @returns The projector.
 * @throws {RangeError} If a size is not a positive integer.
 * @throws {TypeError} If an option has an unknown name.
 *
 * @example
 * ```ts
 * import { ctcLoss, disposeParams, keys, tf, wordProjector } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const projector = wordProjector({ inputs: 8, stack: 4, hidden: 16, outputs: 12 });
 * const params = tf.tidy(() => projector.init(keys([1])));
 * const logits = tf.tidy(() =>
 *   projector.logits(params, tf.ones([2, 20, 8]), tf.randomNormal([3, 12]))
 * );
 * assertEquals(logits.shape, [1, 2, 5, 4]);
 * disposeParams(params);
 * logits.dispose();
 * ```
 */
export function wordProjector(options: WordProjectorOptions): WordProjector {
  const sizes = ["inputs", "stack", "hidden", "outputs"];
  assertKnown("the options of wordProjector", options, sizes);
  const { inputs, stack, hidden, outputs } = options;
  for (const [name, size] of Object.entries(options)) {
    assertPositiveInteger(name, size);
  }
  const width = stack * inputs;
  const specs = {
    "up/kernel": { shape: [width, hidden], std: 1 / Math.sqrt(width) },
    "up/bias": { shape: [1, hidden], std: 0 },
    "down/kernel": { shape: [hidden, outputs], std: 1 / Math.sqrt(hidden) },
    "none": { shape: [1, outputs], std: 1 },
  };
  return {
    init: (keys) => initParams(keys, specs),
    logits(params, states, words) {
      const [clips, places, features] = states.shape as number[];
      const fits = states.rank === 3 && features === inputs &&
        places % stack === 0 && words.rank === 2 && words.shape[1] === outputs;
      if (!fits) {
        throw new TypeError(
          `Expected states [N, a multiple of ${stack}, ${inputs}] and words [K, ${outputs}], got [${states.shape}] and [${words.shape}]`,
        );
      }
      const none = params.none; // [M, 1, outputs]
      const [members] = none.shape;
      return tf.tidy(() => {
        const frames = tf.reshape(states, [1, -1, width]);
        const x = tf.tile(frames, [members, 1, 1]);
        const up = silu(
          tf.add(tf.matMul(x, params["up/kernel"]), params["up/bias"]),
        );
        const p = direction(tf.matMul(up, params["down/kernel"]));
        const all = tf.tile(tf.expandDims(words, 0), [members, 1, 1]);
        const classes = direction(tf.concat([none, all], 1));
        const cosines = tf.matMul(p, classes, false, true);
        return tf.reshape(
          tf.mul(cosines, sharpness),
          [members, clips, places / stack, -1],
        );
      });
    },
  };
}

/** Of length 1. */
function direction(x: Tensor): Tensor {
  return tf.div(rmsNorm(x), Math.sqrt(x.shape.at(-1)!));
}
