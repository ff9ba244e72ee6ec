import { maxRlAdvantages, passAtKAdvantages } from "../losses/pass_at_k.ts";
import { type TokenSignals } from "../policies/tokens.ts";
import { assertKnown, assertPositiveInteger } from "../tf/check.ts";
import { type TokenFamilyOptions, tokens } from "./families.ts";
import { fixedBeta } from "./fixed_beta.ts";
import { type Method } from "./method.ts";

/** The rest of a family whose advantages a method sets. */
type Rest = Omit<TokenFamilyOptions, "advantages">;

/**
 * Pass@k training: GRPO on the advantages that answers have in groups of k, which is
 * solved if one of them is right ({@linkcode passAtKAdvantages}).
 *
 * Paper: Chen et al. (2025, arXiv 2508.10751). Deviates from the paper: the divergence,
 * without which beta = 0; otherwise as {@linkcode passAtKAdvantages}.
 *
 * @param options.k How many tries count as one; at most the answers to a prompt.
 * @param options.right The reward from which an answer is right.
 * @param family The divergence and the clip of the ratio; as published by GRPO when left
 * out.
 * @returns The method, swept over beta.
 * @throws {TypeError} If an option has an unknown name.
 * @throws {RangeError} If `k` is no positive integer. One above the answers to a prompt
 * is refused at the door of a run.
 *
 * @example
 * ```ts
 * import { arm, passAtKTraining } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const sweep = arm(passAtKTraining({ k: 4, right: 1 }), [0, 0.1]);
 * assertEquals(sweep.method.name, "pass@4");
 * ```
 */
export function passAtKTraining(
  options: { k: number; right: number },
  family: Rest = {},
): Method<TokenSignals> {
  assertKnown("the options of passAtKTraining", options, ["k", "right"]);
  const { k, right } = options;
  assertPositiveInteger("k", k);
  return fixedBeta(
    tokens({
      ...family,
      advantages: (rewards) => passAtKAdvantages(rewards, { k, right }),
    }),
    {
      name: `pass@${k}`,
      look: { color: "#999933", dash: "dash", symbol: "triangle-right" },
    },
  );
}

/**
 * MaxRL: the policy gradient of the log-likelihood of being right
 * ({@linkcode maxRlAdvantages}).
 *
 * Paper: Tajwar et al. (2026, arXiv 2602.02710). Deviates from the paper: GRPO's clipped
 * surrogate; the divergence, without which beta = 0; otherwise as
 * {@linkcode maxRlAdvantages}.
 *
 * @param family The divergence and the clip of the ratio; as published by GRPO when left
 * out.
 * @returns The method, swept over beta.
 *
 * @example
 * ```ts
 * import { arm, exactDivergence, maxRl } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const exact = maxRl({ kl: exactDivergence, variant: "exact KL" });
 * assertEquals(arm(exact, [0, 0.1]).method.name, "MaxRL, exact KL");
 * ```
 */
export function maxRl(family: Rest = {}): Method<TokenSignals> {
  return fixedBeta(
    tokens({
      ...family,
      advantages: (rewards) => maxRlAdvantages(rewards, { epsilon: 1e-4 }),
    }),
    {
      name: "MaxRL",
      look: { color: "#332288", dash: "dashdot", symbol: "triangle-left" },
    },
  );
}
