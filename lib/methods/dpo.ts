import { type TokenSignals } from "../policies/tokens.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { comparedInPairs } from "./compared_in_pairs.ts";
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
  ...comparedInPairs("DPO", ({ logp, logpRef, mask }) => {
    const whole = (perToken: Tensor) => tf.sum(tf.mul(perToken, mask), -1);
    return { policy: whole(logp), reference: whole(logpRef) };
  }),
};
