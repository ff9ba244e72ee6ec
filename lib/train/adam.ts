import { type Tensor, tf } from "../tf/backend.ts";
import { assertPositive } from "../tf/check.ts";

/**
 * Adam's memory of a population, flat, P parameters a member in the order of the
 * record: `m` `[M, P]`, the running mean of the gradients; `v` `[M, P]`, that of
 * their squares; `step`, float32 `[M]`, the updates done.
 */
export type AdamState = Record<string, Tensor>;

/** Adam's decay of the mean of gradients. */
export const meanDecay = 0.9;

/** How Adam updates. */
export interface AdamOptions {
  /** A number, a scalar, or one rate a member, `[M]`. */
  learningRate: number | Tensor;
  /** Largest global norm of a member's gradient; `Infinity` does not clip. */
  clipNorm: number;
  /** Decay of the mean; 0.9 as in the paper. */
  beta1?: number;
  /** Decay of the mean of squares; 0.999 as in the paper. */
  beta2?: number;
  /** Added to the root of the mean of squares; 1e-8 as in the paper. */
  epsilon?: number;
}

/** What an update returns: fresh tensors, which the caller disposes. */
export type AdamUpdate = {
  /** The new parameters. */
  params: Record<string, Tensor>;
  /** The new memory. */
  adam: AdamState;
  /** The global norm of each member's gradient before clipping, `[M]`. */
  gradNorm: Tensor;
};

/**
 * Makes the memory that Adam starts with: zeros.
 *
 * @param params The parameters of M members, each `[M, ...]`.
 * @returns The memory, which the caller disposes.
 */
export function initAdam(params: Record<string, Tensor>): AdamState {
  const tensors = Object.values(params);
  const members = tensors[0].shape[0];
  const size = tensors.reduce((total, param) => total + param.size, 0);
  const shape = [members, size / members];
  return {
    m: tf.zeros(shape),
    v: tf.zeros(shape),
    step: tf.zeros([members]),
  };
}

/**
 * One step of Adam with bias correction for a whole population, each member's
 * gradient clipped by its own global norm first:
 *
 * `g = min(1, clipNorm / |g|) g`, `m = beta1 m + (1 - beta1) g`,
 * `v = beta2 v + (1 - beta2) g^2`,
 * `params -= learningRate (m / (1 - beta1^n)) / (sqrt(v / (1 - beta2^n)) + epsilon)`
 *
 * (Kingma and Ba 2015, arXiv 1412.6980, algorithm 1). All parameters of a member
 * are one row, so that a step is the same few operations however many parameters
 * there are. A non-finite gradient spoils its own member only.
 *
 * @param state `params` and `grads`, each `[M, ...]` with the same names and
 * shapes, and Adam's memory.
 * @param options The rate and the clip.
 * @returns New parameters and memory, and the norm before clipping; the inputs
 * stay.
 * @throws {TypeError} If the shapes of `params`, `grads` and `adam` do not fit.
 * @throws {RangeError} If `clipNorm` or a number `learningRate` is not positive.
 *
 * @example
 * ```ts
 * import { adamUpdate, initAdam, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const params = { w: tf.tensor2d([[1], [2]]) };
 * const grads = { w: tf.tensor2d([[0.5], [-8]]) };
 * const adam = initAdam(params);
 * const next = adamUpdate({ params, grads, adam }, { learningRate: 0.1, clipNorm: 1 });
 * // The first step has the size of the learning rate, whatever the gradient's.
 * const [first, second] = await next.params.w.data();
 * assertAlmostEquals(first, 0.9, 1e-6);
 * assertAlmostEquals(second, 2.1, 1e-6);
 * tf.dispose([params, grads, adam, next]);
 * ```
 */
export function adamUpdate(
  { params, grads, adam }: {
    params: Record<string, Tensor>;
    grads: Record<string, Tensor>;
    adam: AdamState;
  },
  { learningRate, clipNorm, beta1 = meanDecay, beta2 = 0.999, epsilon = 1e-8 }:
    AdamOptions,
): AdamUpdate {
  if (typeof learningRate === "number") {
    assertPositive("learningRate", learningRate);
  }
  if (!(clipNorm > 0)) {
    throw new RangeError(`Expected clipNorm to be positive, got ${clipNorm}`);
  }
  const names = Object.keys(params);
  const [members, size] = adam.m.shape;
  for (const name of names) {
    const [expected, got] = [params[name].shape, grads[name]?.shape];
    if (`${expected}` !== `${got}`) {
      throw new TypeError(
        `Cannot update: expected gradient of "${name}" of shape [${expected}], got [${got}]`,
      );
    }
  }
  const widths = names.map((name) => params[name].size / members);
  if (widths.reduce((total, width) => total + width, 0) !== size) {
    throw new TypeError(
      `Cannot update: expected params of ${size} values a member, got [${widths}]`,
    );
  }

  return tf.tidy(() => {
    const rows = names.map((name) => tf.reshape(grads[name], [members, -1]));
    const g = tf.concat(rows, 1); // [M, P]
    const squares = tf.square(g);
    const norm = tf.sqrt(tf.sum(squares, 1, true)); // [M, 1]
    const clip = tf.minimum(1, tf.div(clipNorm, norm));
    // The clip goes into the coefficients, which spares passes over [M, P].
    const m = tf.add(
      tf.mul(adam.m, beta1),
      tf.mul(g, tf.mul(clip, 1 - beta1)),
    );
    const v = tf.add(
      tf.mul(adam.v, beta2),
      tf.mul(squares, tf.mul(tf.square(clip), 1 - beta2)),
    );
    const step = tf.add(adam.step, 1);
    const n = tf.expandDims(step, 1); // [M, 1]
    const correct1 = biasCorrection(beta1, n);
    const rootCorrect2 = tf.sqrt(biasCorrection(beta2, n));
    const rate = typeof learningRate === "number" || learningRate.rank === 0
      ? learningRate
      : tf.expandDims(learningRate, 1);
    // m/c1 / (sqrt(v/c2) + e) = (sqrt(c2)/c1) m / (sqrt(v) + e sqrt(c2))
    const scale = tf.div(tf.mul(rate, rootCorrect2), correct1);
    const root = tf.add(tf.sqrt(v), tf.mul(rootCorrect2, epsilon));
    const update = tf.mul(tf.div(m, root), scale); // [M, P]
    const parts = tf.split(update, widths, 1);
    const next = names.map((name, i) => [
      name,
      tf.sub(params[name], tf.reshape(parts[i], params[name].shape)),
    ]);
    return {
      params: Object.fromEntries(next),
      adam: { m, v, step },
      gradNorm: tf.squeeze(norm, [1]),
    };
  });
}

/** `1 - beta^n`, exact to the last bits also where `beta^n` is nearly 1. */
function biasCorrection(beta: number, n: Tensor): Tensor {
  return tf.neg(tf.expm1(tf.mul(n, Math.log(beta))));
}

/**
 * How much the gradients of some updates agree with those before them: the cosine of
 * the two parts that Adam's mean is made of,
 *
 * `m' = beta1^updates m + g`, `<g, m> / (|g| |m|)`.
 *
 * It is 1 where all gradients are alike, about 0 where they are noise, and 0 where
 * there are none: it tells signal from noise whatever the length of the gradients.
 *
 * @param before Adam's memory before the updates, with `m` `[M, P]`.
 * @param after That after them, made with the default `beta1`.
 * @param updates How many there were.
 * @returns The cosine, `[M]`, a fresh tensor; the inputs stay.
 *
 * @example
 * ```ts
 * import { gradientAgreement, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const before = { m: tf.tensor2d([[1, 0], [1, 0]]) };
 * // 0.9 of it is left, and 0.1 (3, 0) or 0.1 (0, 3) came.
 * const after = { m: tf.tensor2d([[1.2, 0], [0.9, 0.3]]) };
 * const agreement = gradientAgreement(before, after, 1);
 * const [alike, across] = await agreement.data();
 * assertAlmostEquals(alike, 1, 1e-6);
 * assertAlmostEquals(across, 0, 1e-6);
 * tf.dispose([before, after, agreement]);
 * ```
 */
export function gradientAgreement(
  before: AdamState,
  after: AdamState,
  updates: number,
): Tensor {
  return tf.tidy(() => {
    const { m } = before;
    const g = tf.sub(after.m, tf.mul(meanDecay ** updates, m));
    const [inner, own, past] = [tf.mul(g, m), tf.square(g), tf.square(m)]
      .map((products) => tf.sum(products, 1));
    // The root of each: their product would leave the range of float32.
    return tf.divNoNan(inner, tf.mul(tf.sqrt(own), tf.sqrt(past))) as Tensor;
  });
}
