import { adaptiveKlController } from "../losses/adaptive_kl_controller.ts";
import { type TokenSignals } from "../policies/tokens.ts";
import { tf } from "../tf/backend.ts";
import { tokens } from "./families.ts";
import { grpo } from "./fixed_beta.ts";
import { type Family, type Method, nameOf } from "./method.ts";

/**
 * GRPO under Ziegler's controller, which steers one beta, the same for all samples,
 * to a target KL of completions:
 *
 *     beta *= 1 + clip(KL / target - 1, ±0.2) n / horizon.
 *
 * Paper: Ziegler et al. (2019, arXiv 1909.08593), section 2.2. Deviates from the
 * paper: the horizon is five iterations, as runs are short.
 *
 * @param family The divergence and the advantages; as published when left out.
 * @returns The method, swept over the target, in nats, more than 0. It remembers
 * `beta`, `[M, 1, 1]`, which starts at 0.1.
 *
 * @example
 * ```ts
 * import { klController, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const next = tf.tidy(() => {
 *   const { start, remember } = klController();
 *   const target = tf.tensor3d([[[0.5]], [[2]]]); // two members
 *   const rewards = tf.zeros([2, 1, 4]);
 *   const divergence = tf.ones([2, 1, 4]); // a nat each
 *   return remember!({ coefficient: target, rewards, divergence }, start!(target));
 * });
 * const [above, below] = await next.beta.data();
 * assertAlmostEquals(above, 0.104, 1e-6);
 * assertAlmostEquals(below, 0.096, 1e-6);
 * next.beta.dispose();
 * ```
 */
export function klController(
  family: Family<TokenSignals> = tokens(),
): Method<TokenSignals> {
  const { terms } = grpo(family);
  const controllerOf = (target: Parameters<typeof terms>[0], samples: number) =>
    adaptiveKlController({ target, horizon: 5 * samples, beta: 0.1 });
  return {
    name: nameOf("KL controller", family.variant),
    coefficient: "target",
    look: { color: "#009E73", dash: "longdash", symbol: "diamond-open" },
    positive: true,
    start: (target) => ({ beta: controllerOf(target, 1).init(target.shape) }),
    terms: (_, rewards, { beta }) => terms(beta, rewards, {}),
    remember({ coefficient, rewards, divergence }, { beta }) {
      if (!divergence) {
        throw new TypeError(
          "Expected a policy that knows how far its answers are from the reference, divergence, for the KL controller",
        );
      }
      const samples = rewards.size / rewards.shape[0];
      const kl = tf.mean(divergence, [1, 2], true);
      const { update } = controllerOf(coefficient, samples);
      return { beta: update({ beta, kl }, { samples }) };
    },
  };
}
