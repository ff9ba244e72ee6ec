import { raftWeights } from "../losses/advantages.ts";
import { assertKnown } from "../tf/check.ts";
import { type Family, lookOf, type Method, nameOf } from "./method.ts";

/**
 * RAFT: fits the best `keep` answers to each prompt and nothing else, here beside a
 * divergence,
 *
 *     L_fit(best) + beta L_D.
 *
 * Paper: Dong et al. (2023, arXiv 2304.06767). Deviates from the paper: several kept
 * answers, and the divergence, without which beta = 0.
 *
 * @param family The losses of the modality.
 * @param options.keep How many answers to a prompt are kept, 1 to K.
 * @returns The method, swept over beta.
 */
export function raft<Signals>(
  family: Family<Signals>,
  options: { keep: number },
): Method<Signals> {
  assertKnown("the options of raft", options, ["keep"]);
  const { keep } = options;
  return {
    name: nameOf(`RAFT, best ${keep}`, family.variant),
    coefficient: "beta",
    look: lookOf(family, {
      color: "#009E73",
      dash: "dashdot",
      symbol: "diamond",
    }),
    terms: (beta, rewards) => ({
      objective: family.fit(raftWeights(rewards, { keep })),
      divergence: family.divergence,
      beta,
    }),
  };
}
