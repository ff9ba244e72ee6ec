import { matchingSurrogate } from "../losses/forward_process.ts";
import { type FlowVelocities } from "../losses/flow_losses.ts";
import { assertKnown, assertPositive } from "../tf/check.ts";
import { flow, oldOf } from "./families.ts";
import { type Method, nameOf } from "./method.ts";

/**
 * Advantage-weighted matching: PPO's surrogate with minus the flow-matching loss as the
 * log-likelihood, and a fixed divergence,
 *
 *     matchingSurrogate + beta |vt - vRef|^2.
 *
 * With one update an iteration the ratio is 1 and it is {@linkcode advantageWeighting}.
 *
 * Paper: Xue et al. (2025, arXiv 2509.25050). Deviates from the paper's code:
 * advantages in units of reward, where it divides by a standard deviation; the loss as
 * {@linkcode matchingSurrogate}; one divergence, to the reference: `anchored(awm(),
 * average(0.3))` pulls to a running average, as its released runs mainly do; fresh times
 * and noise at each update.
 *
 * @param options.epsilon How far the ratio counts from 1; 1, as released, when left out.
 * @returns The method, swept over beta.
 * @throws {TypeError} If an option has an unknown name.
 * @throws {RangeError} If `epsilon` is not positive.
 *
 * @example
 * ```ts
 * import { arm, awm } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(arm(awm(), [0.1, 1]).method.name, "AWM");
 * assertEquals(awm({ epsilon: 0.2 }).name, "AWM, epsilon 0.2");
 * ```
 */
export function awm(
  options: { epsilon?: number } = {},
): Method<FlowVelocities> {
  assertKnown("the options of awm", options, ["epsilon"]);
  const { epsilon = 1 } = options;
  assertPositive("epsilon", epsilon);
  return {
    name: nameOf("AWM", epsilon === 1 ? undefined : `epsilon ${epsilon}`),
    coefficient: "beta",
    look: { color: "#8B5A2B", dash: "dashdot", symbol: "bowtie" },
    comparesOld: true,
    terms(beta, rewards) {
      const advantages = flow.advantages(rewards);
      return {
        objective: ({ vt, ut, vOld }) =>
          matchingSurrogate(
            { vt, ut, vOld: oldOf(vOld), advantages },
            { epsilon },
          ),
        divergence: flow.divergence,
        beta,
      };
    },
  };
}
