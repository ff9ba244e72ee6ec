import { w2Penalty } from "../losses/divergences.ts";
import { flowMatchingLoss } from "../losses/objectives.ts";
import { type FlowVelocities } from "../losses/flow_losses.ts";
import { type TokenSignals } from "../policies/tokens.ts";
import { tf } from "../tf/backend.ts";
import { assertKnown } from "../tf/check.ts";
import { flow, oldOf, tokens } from "./families.ts";
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
 * @throws {TypeError} If an option has an unknown name.
 *
 * @example
 * ```ts
 * import { arm, exactTokens, fixedBeta } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const sweep = arm(fixedBeta(exactTokens, { name: "my GRPO" }), [0.02, 0.1]);
 * assertEquals(sweep.method.name, "my GRPO, exact KL");
 * ```
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
 * sample with A < -beta has no minimum: small betas diverge. Swept over beta.
 */
export const advantageWeighting: Method<FlowVelocities> = fixedBeta(flow, {
  name: "advantage weighting",
  look: { color: "#D55E00", dash: "dash", symbol: "square" },
});

/**
 * Advantage weighting at ADRPO's curvature, without its adaptation: the objective is
 * linear in the velocity, so that the whole is a parabola of curvature beta,
 *
 *     A (|vt - ut|^2 - |vt - vOld|^2) + beta |vt - vRef|^2,
 *
 * with vOld of the policy that drew the samples. At the first update its gradient is
 * that of {@linkcode advantageWeighting}, a policy gradient; it differs from ADRPO-FM's
 * by the part that the adaptation moves, `2 A (vRef - vOld)`. It needs no more than one
 * fixed beta, and no beta diverges for its curvature. Swept over beta.
 *
 * A control of this kit's own, from the identity in {@linkcode adrpoFlowLoss}.
 */
export const linearWeighting: Method<FlowVelocities> = {
  name: "advantage weighting, linear",
  coefficient: "beta",
  look: { color: "#D55E00", dash: "dot", symbol: "square-open" },
  comparesOld: true,
  terms(beta, rewards) {
    const A = flow.advantages(rewards);
    return {
      objective: ({ vt, ut, vOld }) =>
        tf.mul(
          A,
          tf.sub(
            flowMatchingLoss({ vt, ut }),
            w2Penalty({ vt, vRef: oldOf(vOld) }),
          ),
        ),
      divergence: flow.divergence,
      beta,
    };
  },
};

/**
 * GRPO with a fixed weight of the divergence.
 *
 * Paper: Shao et al. (2024, arXiv 2402.03300), eq. 3. Deviates from the paper: as
 * {@linkcode grpoLoss}.
 *
 * @param family The divergence and the advantages; as published when left out.
 * @returns The method, swept over beta.
 *
 * @example
 * ```ts
 * import { arm, exactTokens, grpo, klK1, tokens } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const arms = [
 *   arm(grpo(), [0.02, 0.1]), // k3, as published
 *   arm(grpo(exactTokens), [0.02, 0.1]),
 *   arm(grpo(tokens({ kl: klK1, variant: "k1" })), [0.02, 0.1]),
 * ];
 * assertEquals(
 *   arms.map(({ method }) => method.name),
 *   ["GRPO", "GRPO, exact KL", "GRPO, k1"],
 * );
 * ```
 */
export const grpo = (
  family: Family<TokenSignals> = tokens(),
): Method<TokenSignals> =>
  fixedBeta(family, {
    name: family.name,
    look: { color: "#D55E00", dash: "dash", symbol: "square" },
  });
