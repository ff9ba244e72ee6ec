import { type Tensor, tf } from "../tf/backend.ts";
import { effectiveAnswers } from "./effective_answers.ts";
import { exactEntropy } from "./exact_entropy.ts";
import { exactKl } from "./exact_kl.ts";
import { expectedReward } from "./expected_reward.ts";
import { tiltedSequences } from "./tilted_sequences.ts";

/** A point of the exact frontier over completions. */
export interface SequenceFrontierPoint {
  /** The weight of the KL divergence, in units of reward per nat. */
  lambda: number;
  /** E_p[r]. */
  reward: number;
  /** KL(p | pRef) in nats. */
  kl: number;
  /** Entropy of p in nats. */
  entropy: number;
  /** How many different answers of the highest reward p gives. */
  effectiveAnswers: number;
}

/**
 * Returns the best that KL-regularised fine-tuning of a language policy can do: for
 * each lambda the maximiser of E_p[r] - lambda KL(p | pRef) over all distributions
 * of completions,
 *
 *     p_lambda(y | c) ∝ pRef(y | c) exp(r(y, c) / lambda),
 *
 * exact, each figure averaged over contexts. No policy has more reward at an equal
 * KL. lambda = Infinity is the reference.
 *
 * Paper: Rafailov et al. (2023, arXiv 2305.18290), eq. 4, where lambda is beta.
 *
 * @param values.logpRef Log-probabilities of all S completions under the reference,
 * `[C, S]`, in nats.
 * @param values.rewards Their rewards, `[C, S]`.
 * @param options.lambdas Weights of the KL divergence, each positive.
 * @returns One row for each lambda, in the order given.
 * @throws {TypeError} If the shapes differ.
 * @throws {RangeError} If a lambda is not positive.
 *
 * @example
 * ```ts
 * import { sequenceFrontier, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const logpRef = tf.log(tf.tensor2d([[0.25, 0.75]]));
 * const rewards = tf.tensor2d([[1, 0]]);
 * const [reference, tilted] = await sequenceFrontier({ logpRef, rewards }, {
 *   lambdas: [Infinity, 1 / Math.log(3)],
 * });
 * assertAlmostEquals(reference.reward, 0.25, 1e-6);
 * assertAlmostEquals(tilted.reward, 0.5, 1e-6); // 0.25 * 3 : 0.75
 * tf.dispose([logpRef, rewards]);
 * ```
 */
export async function sequenceFrontier(
  { logpRef, rewards }: { logpRef: Tensor; rewards: Tensor },
  { lambdas }: { lambdas: readonly number[] },
): Promise<SequenceFrontierPoint[]> {
  const logp = tiltedSequences({ logpRef, rewards }, { lambdas }); // [L, C, S]
  const highest = tf.max(rewards);
  const [best] = await highest.data();
  highest.dispose();
  const columns = tf.tidy(() => {
    const perContext = [
      expectedReward({ logp, rewards }),
      exactKl({ logp, logpRef }),
      exactEntropy(logp),
      effectiveAnswers({ logp, rewards }, { threshold: best }),
    ];
    return tf.stack(perContext.map((values) => tf.mean(values, 1)), 1);
  });
  const rows = await columns.array() as number[][];
  tf.dispose([logp, columns]);
  return rows.map(([reward, kl, entropy, effectiveAnswers], i) => ({
    lambda: lambdas[i],
    reward,
    kl,
    entropy,
    effectiveAnswers,
  }));
}
