import { type Tensor, tf } from "../tf/backend.ts";
import { assertSameEvents, assertSameShape } from "../tf/check.ts";
import { expectation } from "../tf/expectation.ts";
import { boundedExpm1, chain, halfSquare } from "./elementwise.ts";

/**
 * The Wasserstein-2 regulariser of flow matching, sample by sample:
 *
 *     D = mean_D (vt - vRef)^2
 *
 * Averaged over times and samples it bounds, up to a constant, the squared
 * 2-Wasserstein distance between the policy and the reference.
 *
 * Paper: Fan et al. (2025, arXiv 2502.06061), theorem 3, without its Lipschitz
 * factor. Deviates from the paper: the mean over D, as in the authors' code;
 * unreduced.
 *
 * @param velocities `vt`, the model's, and `vRef`, the frozen reference's, at the
 * same points and times, `[..., D]`.
 * @returns `[...]`; the gradient reaches both, and in training only `vt` depends on
 * parameters; the caller disposes it.
 * @throws {TypeError} If the shapes differ, or are empty or scalar.
 *
 * @example
 * ```ts
 * import { tf, w2Penalty } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const penalty = tf.tidy(() =>
 *   w2Penalty({ vt: tf.tensor2d([[2, 0]]), vRef: tf.tensor2d([[0, 0]]) })
 * );
 * assertEquals(await penalty.array(), [2]); // 2^2 / 2
 * penalty.dispose();
 * ```
 */
export function w2Penalty({ vt, vRef }: { vt: Tensor; vRef: Tensor }): Tensor {
  assertSameEvents({ vt, vRef });
  return tf.tidy(() => tf.mean(tf.square(tf.sub(vt, vRef)), -1));
}

/** Log-probabilities of the same tokens, `[..., T]`, in nats. */
export type KlInputs = {
  /** Under the policy that drew them. */
  logp: Tensor;
  /** Under the reference. */
  logpRef: Tensor;
};

/**
 * A divergence of the policy from the reference, token by token: `[..., T]` in,
 * `[..., T]` out. {@linkcode klK1}, {@linkcode klK2}, {@linkcode klK3} and
 * {@linkcode klK3WithK2Gradient} are such; {@linkcode klExact} becomes one as
 * `() => klExact({ logits, logitsRef })`.
 */
export type Kl = (logProbs: KlInputs) => Tensor;

/**
 * The unbiased estimator of KL(p | pRef) by tokens of p, in nats,
 *
 *     k1 = logp - logpRef.
 *
 * Its mean is the KL, but a single one can be negative, and as a loss it does
 * nothing: E_p[grad k1] = E_p[grad logp] = 0.
 *
 * Paper: Schulman (2020), Approximating KL divergence, k1. Deviates: nothing.
 *
 * @param logProbs `logp` and `logpRef`, `[..., T]`, in nats.
 * @returns `[..., T]`; the gradient reaches both; the caller disposes it.
 * @throws {TypeError} If the shapes differ.
 *
 * @example
 * ```ts
 * import { klK1, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const k1 = klK1({ logp: tf.tensor1d([-1]), logpRef: tf.tensor1d([-3]) });
 * assertEquals(await k1.array(), [2]);
 * k1.dispose();
 * ```
 */
export function klK1({ logp, logpRef }: KlInputs): Tensor {
  assertSameShape({ logp, logpRef });
  return tf.sub(logp, logpRef);
}

/**
 * Half the squared log-ratio,
 *
 *     k2 = (logp - logpRef)^2 / 2.
 *
 * As an estimate of KL(p | pRef) it is biased where the two are far apart. As a
 * loss it is the right one: on tokens of p, E_p[grad k2] = E_p[k1 grad logp] is
 * exactly the gradient of KL(p | pRef), token by token.
 *
 * Give it log-probabilities summed over a sequence and the same holds for the
 * whole sequence: token by token leaves out how a token changes what follows.
 *
 * Paper: Schulman (2020), Approximating KL divergence, k2. Deviates: nothing.
 *
 * @param logProbs `logp` and `logpRef`, `[..., T]`, in nats.
 * @returns `[..., T]`; the gradient reaches both; the caller disposes it.
 * @throws {TypeError} If the shapes differ.
 *
 * @example
 * ```ts
 * import { klK2, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const k2 = klK2({ logp: tf.tensor1d([-1]), logpRef: tf.tensor1d([-3]) });
 * assertEquals(await k2.array(), [2]);
 * k2.dispose();
 * ```
 */
export function klK2({ logp, logpRef }: KlInputs): Tensor {
  assertSameShape({ logp, logpRef });
  return tf.tidy(() => halfSquare(tf.sub(logp, logpRef)));
}

/**
 * The unbiased, never negative estimator of KL(p | pRef) by tokens of p, in nats,
 *
 *     k3 = exp(-k1) - 1 + k1,   k1 = logp - logpRef.
 *
 * As a loss it is another one's: on tokens of p, E_p[grad k3] is the gradient of
 * the forward divergence KL(pRef | p), which keeps p from leaving any of pRef's
 * modes. {@linkcode klK3WithK2Gradient} has its value and the right gradient. In
 * exp(-k1) a -k1 beyond 80 counts as 80, as float32's exp overflows at 88.7.
 *
 * Papers: Schulman (2020), Approximating KL divergence, k3; Shao et al. (2024,
 * arXiv 2402.03300), eq. 4. Deviates: nothing.
 *
 * @param logProbs `logp` and `logpRef`, `[..., T]`, in nats.
 * @returns `[..., T]`; the gradient reaches both; the caller disposes it.
 * @throws {TypeError} If the shapes differ.
 *
 * @example
 * ```ts
 * import { klK3, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const k3 = klK3({ logp: tf.tensor1d([-1]), logpRef: tf.tensor1d([-3]) });
 * assertAlmostEquals((await k3.data())[0], Math.exp(-2) - 1 + 2, 1e-6);
 * k3.dispose();
 * ```
 */
export function klK3({ logp, logpRef }: KlInputs): Tensor {
  assertSameShape({ logp, logpRef });
  return tf.tidy(() => {
    const k1 = tf.sub(logp, logpRef);
    return tf.add(boundedExpm1(tf.neg(k1)), k1);
  });
}

/**
 * The value of {@linkcode klK3}, unbiased and never negative, with the gradient of
 * {@linkcode klK2}, which on tokens of p is unbiased for that of KL(p | pRef):
 *
 *     k3 + k2 - stopGradient(k2).
 *
 * Paper: Liu et al. (2025, arXiv 2510.01555), on k2 as a loss and k3 as a value.
 *
 * @param logProbs `logp` and `logpRef`, `[..., T]`, in nats.
 * @returns `[..., T]`; the gradient reaches both; the caller disposes it.
 * @throws {TypeError} If the shapes differ.
 *
 * @example
 * ```ts
 * import { klK3WithK2Gradient, type Tensor, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const logpRef = tf.tensor1d([-3]);
 * const { value, grad } = tf.valueAndGrad((logp: Tensor) =>
 *   klK3WithK2Gradient({ logp, logpRef })
 * )(tf.tensor1d([-1]));
 * assertAlmostEquals((await value.data())[0], Math.exp(-2) - 1 + 2, 1e-6);
 * assertAlmostEquals((await grad.data())[0], -1 + 3, 1e-6);
 * tf.dispose([logpRef, value, grad]);
 * ```
 */
export function klK3WithK2Gradient(logProbs: KlInputs): Tensor {
  return tf.customGrad((logp, logpRef, save) => {
    (save as (tensors: Tensor[]) => void)([logp as Tensor, logpRef as Tensor]);
    return {
      value: klK3({ logp: logp as Tensor, logpRef: logpRef as Tensor }),
      gradFunc: (dy: Tensor, [logp, logpRef]: Tensor[]) => {
        const toward = chain(dy, tf.sub(logp, logpRef));
        return [toward, tf.neg(toward)];
      },
    };
  })(logProbs.logp, logProbs.logpRef);
}

/**
 * The KL divergence of the next-token distributions, summed over the vocabulary,
 * in nats,
 *
 *     KL(p_t | pRef_t) = sum_v p_t(v) (log p_t(v) - log pRef_t(v)),   p = softmax(logits).
 *
 * No sampling error in value or gradient, where estimators see the one token drawn.
 * It is the divergence at the prefixes given: how a token changes what follows is
 * left out, as with every token by token estimator.
 *
 * A token of logit -Infinity is impossible. Where p is 0 it adds 0; where only pRef
 * is 0 the divergence is Infinity, by definition.
 *
 * @param policies.logits Logits of the policy, `[..., T, V]`.
 * @param policies.logitsRef Logits of the reference, the same shape.
 * @returns `[..., T]`; the gradient reaches both where the divergence is finite; the
 * caller disposes it.
 * @throws {TypeError} If the shapes differ or have fewer than two axes.
 *
 * @example
 * ```ts
 * import { klExact, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const kl = tf.tidy(() =>
 *   klExact({
 *     logits: tf.log(tf.tensor2d([[0.75, 0.25]])),
 *     logitsRef: tf.zeros([1, 2]),
 *   })
 * );
 * // 0.75 ln 1.5 + 0.25 ln 0.5
 * assertAlmostEquals((await kl.data())[0], 0.130812, 1e-6);
 * kl.dispose();
 * ```
 */
export function klExact(
  { logits, logitsRef }: { logits: Tensor; logitsRef: Tensor },
): Tensor {
  assertSameShape({ logits, logitsRef });
  assertTokenLogits(logits);
  return tf.tidy(() => {
    const logp = tf.logSoftmax(logits);
    return expectation(logp, tf.sub(logp, tf.logSoftmax(logitsRef)));
  });
}

/**
 * The entropy of the next-token distribution, in nats,
 *
 *     H_t = -sum_v p_t(v) log p_t(v),   p = softmax(logits).
 *
 * Subtracted from a loss with a weight it is the entropy bonus (Williams and Peng
 * 1991; Mnih et al. 2016, arXiv 1602.01783, section 4).
 *
 * @param logits `[..., T, V]`; a token of logit -Infinity is impossible and adds 0.
 * @returns `[..., T]`; the gradient reaches `logits`; the caller disposes it.
 * @throws {TypeError} If logits have fewer than two axes.
 *
 * @example
 * ```ts
 * import { tf, tokenEntropy } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const entropy = tf.tidy(() => tokenEntropy(tf.zeros([1, 8])));
 * assertAlmostEquals((await entropy.data())[0], Math.log(8), 1e-6);
 * entropy.dispose();
 * ```
 */
export function tokenEntropy(logits: Tensor): Tensor {
  assertTokenLogits(logits);
  return tf.tidy(() => {
    const logp = tf.logSoftmax(logits);
    return tf.neg(expectation(logp, logp));
  });
}

function assertTokenLogits(logits: Tensor): void {
  if (logits.rank < 2) {
    throw new TypeError(
      `Expected logits of shape [..., T, V], got [${logits.shape}]`,
    );
  }
}
