import { type Tensor, tf } from "../tf/backend.ts";
import { assertSameShape } from "../tf/check.ts";

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
  return tf.tidy(() => tf.mul(tf.square(tf.sub(logp, logpRef)), 0.5));
}

/**
 * The unbiased, never negative estimator of KL(p | pRef) by tokens of p, in nats,
 *
 *     k3 = exp(-k1) - 1 + k1,   k1 = logp - logpRef.
 *
 * As a loss it is another one's: on tokens of p, E_p[grad k3] is the gradient of
 * the forward divergence KL(pRef | p), which keeps p from leaving any of pRef's
 * modes. {@linkcode klK3WithK2Gradient} has its value and the right gradient.
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
    return tf.add(tf.expm1(tf.neg(k1)), k1);
  });
}
