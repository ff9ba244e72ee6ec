import { type FlowVelocities } from "../losses/regularised.ts";
import { type TokenSignals } from "../policies/tokens.ts";
import { assertKnown } from "../tf/check.ts";
import { flow, tokens } from "./families.ts";
import {
  type Family,
  type Look,
  lookOf,
  type Method,
  nameOf,
} from "./method.ts";

/**
 * The rival that ADRPO is to beat: one coefficient for every sample,
 *
 *     L_RL + beta L_D.
 *
 * @param family The losses of the modality.
 * @param options The method's `name` and `look`.
 * @returns The method, swept over beta.
 */
export function fixedBeta<Signals>(
  family: Family<Signals>,
  options: { name: string; look?: Look },
): Method<Signals> {
  assertKnown("the options of fixedBeta", options, ["name", "look"]);
  const { name, look } = options;
  const { objective, divergence, advantages } = family;
  return {
    name: nameOf(name, family.variant),
    coefficient: "beta",
    look: lookOf(family, look),
    terms(beta, rewards) {
      const A = advantages(rewards);
      return { objective: objective(A, A), divergence, beta };
    },
  };
}

/**
 * Flow matching weighted by the advantage, `A |vt - ut|^2 + beta |vt - vRef|^2`. A
 * sample with A < -beta has no minimum: small betas diverge.
 */
export const advantageWeighting: Method<FlowVelocities> = fixedBeta(flow, {
  name: "advantage weighting",
  look: { color: "#D55E00", dash: "dash", symbol: "square" },
});

/**
 * GRPO with a fixed weight of the divergence.
 *
 * Paper: Shao et al. (2024, arXiv 2402.03300), eq. 3. Deviates from the paper: as
 * {@linkcode grpoLoss}.
 *
 * @param family The divergence and the advantages; as published when left out.
 */
export const grpo = (
  family: Family<TokenSignals> = tokens(),
): Method<TokenSignals> =>
  fixedBeta(family, {
    name: family.name,
    look: { color: "#D55E00", dash: "dash", symbol: "square" },
  });
