import { type Tensor, tf } from "../tf/backend.ts";
import { assertSameShape } from "../tf/check.ts";
import { expectation } from "../tf/expectation.ts";

/** The next-token distributions of the policy and the reference, `[..., T, V]`. */
export type TokenLogits = { logits: Tensor; logitsRef: Tensor };

/**
 * The forward KL divergence of the next-token distributions, in nats,
 *
 *     KL(pRef_t | p_t) = sum_v pRef_t(v) (log pRef_t(v) - log p_t(v)),
 *
 * which is large where the policy leaves out what the reference would write: it keeps
 * all of its modes. It is the divergence at the prefixes given.
 *
 * Paper: Li et al. (2025, DPH-RL, arXiv 2509.07430), as the divergence that keeps
 * diversity. Deviates from the paper: summed over the vocabulary at the policy's own
 * prefixes, where DPH-RL has k3 on answers of the initial policy.
 *
 * @param policies.logits Logits of the policy, `[..., T, V]`.
 * @param policies.logitsRef Logits of the reference, the same shape.
 * @returns `[..., T]`, Infinity where p alone is 0; the gradient reaches both; the
 * caller disposes it.
 * @throws {TypeError} If the shapes differ.
 *
 * @example
 * ```ts
 * import { klForward, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const kl = tf.tidy(() =>
 *   klForward({
 *     logits: tf.log(tf.tensor2d([[0.75, 0.25]])),
 *     logitsRef: tf.zeros([1, 2]),
 *   })
 * );
 * // -(ln 1.5 + ln 0.5) / 2
 * assertAlmostEquals((await kl.data())[0], 0.143841, 1e-6);
 * kl.dispose();
 * ```
 */
export function klForward({ logits, logitsRef }: TokenLogits): Tensor {
  assertSameShape({ logits, logitsRef });
  return tf.tidy(() => {
    const logpRef = tf.logSoftmax(logitsRef);
    return expectation(logpRef, tf.sub(logpRef, tf.logSoftmax(logits)));
  });
}

/**
 * The Jensen-Shannon divergence of the next-token distributions, in nats,
 *
 *     JS = KL(p | m) / 2 + KL(pRef | m) / 2,   m = (p + pRef) / 2,
 *
 * symmetric, and ln 2 at most.
 *
 * Paper: Li et al. (2025, DPH-RL, arXiv 2509.07430). Deviates from the paper: as
 * {@linkcode klForward}.
 *
 * @param policies As of {@linkcode klForward}.
 * @returns `[..., T]`; the gradient reaches both; the caller disposes it.
 * @throws {TypeError} If the shapes differ.
 *
 * @example
 * ```ts
 * import { jensenShannon, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const js = tf.tidy(() =>
 *   jensenShannon({
 *     logits: tf.tensor2d([[0, -Infinity]]),
 *     logitsRef: tf.tensor2d([[-Infinity, 0]]),
 *   })
 * );
 * assertAlmostEquals((await js.data())[0], Math.LN2, 1e-6); // nothing in common
 * js.dispose();
 * ```
 */
export function jensenShannon({ logits, logitsRef }: TokenLogits): Tensor {
  assertSameShape({ logits, logitsRef });
  return tf.tidy(() => {
    const [logp, logpRef] = [tf.logSoftmax(logits), tf.logSoftmax(logitsRef)];
    // Infinity less Infinity is NaN, where a token is impossible under both.
    const finite = (logp: Tensor) => tf.maximum(logp, -1e30);
    const apart = tf.sub(finite(logpRef), finite(logp));
    // log p - log m = ln 2 - softplus(log pRef - log p)
    const toMiddle = (apart: Tensor) => tf.sub(Math.LN2, tf.softplus(apart));
    const both = tf.add(
      expectation(logp, toMiddle(apart)),
      expectation(logpRef, toMiddle(tf.neg(apart))),
    );
    return tf.div(both, 2);
  });
}
