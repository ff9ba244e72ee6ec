import { dpoLoss } from "../losses/objectives.ts";
import { type TokenSignals } from "../policies/tokens.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { type Method } from "./method.ts";

/**
 * DPO on pairs that the reference draws, answer i to a prompt with answer i + K/2. The
 * one of the higher reward is preferred; pairs of equal rewards say nothing and do
 * not count. Its beta is inside of the loss, and there is no further divergence.
 *
 *     -log sigmoid(beta (log p(y+) / pRef(y+) - log p(y-) / pRef(y-))).
 *
 * Paper: Rafailov et al. (NeurIPS 2023, arXiv 2305.18290), eq. 7. Deviates from the
 * paper: fresh pairs at each iteration, in place of a fixed set.
 *
 * It is swept over beta, more than 0, and needs an even number of answers to a prompt.
 *
 * @example
 * ```ts
 * import { arm, dpo } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const sweep = arm(dpo, [0.1, 0.3]);
 * assertEquals(sweep.method.offPolicy, true);
 * ```
 */
export const dpo: Method<TokenSignals> = {
  name: "DPO",
  coefficient: "beta",
  look: { color: "#CC79A7", dash: "dot", symbol: "triangle-up" },
  positive: true,
  offPolicy: true,
  terms(beta, rewards) {
    const count = rewards.shape[rewards.rank - 1];
    if (count % 2 !== 0) {
      throw new RangeError(
        `Expected perContext to be even for DPO, whose answers are compared in pairs, got ${count}`,
      );
    }
    const [first, second] = tf.split(rewards, 2, -1);
    const firstWins = tf.greater(first, second);
    const counts = tf.cast(tf.notEqual(first, second), "float32");
    return {
      beta,
      objective({ logp, logpRef, mask }) {
        const policy = parted(tf.mul(logp, mask), firstWins);
        const reference = parted(tf.mul(logpRef, mask), firstWins);
        const losses = dpoLoss({
          ...policy,
          chosenRef: reference.chosen,
          rejectedRef: reference.rejected,
        }, { beta });
        return tf.mul(counts, losses);
      },
    };
  },
};

/** Log-probabilities of completions, `[M, C, K, T]`, parted into pairs, `[M, C, K/2]`. */
function parted(perToken: Tensor, firstWins: Tensor) {
  const [first, second] = tf.split(tf.sum(perToken, -1), 2, -1);
  return {
    chosen: tf.where(firstWins, first, second),
    rejected: tf.where(firstWins, second, first),
  };
}
