import { adaptiveKlController } from "../losses/adaptive_kl_controller.ts";
import { type TokenSignals } from "../policies/tokens.ts";
import { tf } from "../tf/backend.ts";
import { assertKnown, assertPositive } from "../tf/check.ts";
import { tokens } from "./families.ts";
import { grpo } from "./fixed_beta.ts";
import { type Family, lookOf, type Method, nameOf } from "./method.ts";

/** A beta stays within these: at a bound it does not wind up further. */
const [least, most] = [1e-3, 10];

/**
 * GRPO under a KL target for each prompt: a dual variable, the beta of that prompt, is
 * raised while its answers are further from the reference than the target, and lowered
 * while they are closer,
 *
 *     beta_c = clip(beta_c (1 + clip(KL_c / target - 1, ±0.2) / horizon), 1e-3, 10).
 *
 * A hard prompt and an easy one get the beta that each needs: what one beta for all, and
 * ADRPO's beta for each answer, are both to be compared with. The bounds are its
 * anti-windup: a target out of reach does not pile up a beta that takes long to unwind.
 *
 * Papers: Ziegler et al. (2019, arXiv 1909.08593), section 2.2, for one beta; Abdolmaleki
 * et al. (2018, MPO, arXiv 1806.06920), the dual of a KL constraint. Deviates from the
 * papers: a dual of each prompt; the bounds.
 *
 * @param family The divergence and the advantages; as published when left out.
 * @param options.horizon Iterations over which a beta can move by about a fifth, at least
 * 1; 5 when left out. A short one overshoots.
 * @returns The method, swept over the target of a prompt, in nats, more than 0. It
 * remembers `beta`, `[M, C, 1]`, which starts at 0.1.
 * @throws {TypeError} If an option has an unknown name.
 * @throws {RangeError} If the horizon is not positive.
 *
 * @example
 * ```ts
 * import { promptKlTargets, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const next = tf.tidy(() => {
 *   const { start, remember } = promptKlTargets();
 *   const coefficient = tf.ones([1, 1, 1]); // a nat
 *   const rewards = tf.zeros([1, 2, 2]);
 *   const divergence = tf.tensor3d([[[3, 3], [0, 0.5]]]);
 *   const memory = start!(coefficient, undefined, 2);
 *   return remember!({ coefficient, rewards, divergence }, memory);
 * });
 * const [far, near] = await next.beta.data();
 * assertAlmostEquals(far, 0.104, 1e-6);
 * assertAlmostEquals(near, 0.096, 1e-6);
 * next.beta.dispose();
 * ```
 */
export function promptKlTargets(
  family: Family<TokenSignals> = tokens(),
  options: { horizon?: number } = {},
): Method<TokenSignals> {
  assertKnown("the options of promptKlTargets", options, ["horizon"]);
  const { horizon = 5 } = options;
  assertPositive("horizon", horizon);
  const { terms } = grpo(family);
  return {
    name: nameOf(
      "KL target per prompt",
      horizon === 5 ? undefined : `horizon ${horizon}`,
      family.variant,
    ),
    coefficient: "target",
    look: lookOf(family, {
      color: "#009E73",
      dash: "dash",
      symbol: "diamond-wide",
    }),
    positive: true,
    start: (target, _, contexts = 1) => ({
      beta: tf.fill([target.shape[0], contexts, 1], 0.1),
    }),
    terms: (_, rewards, { beta }) => terms(beta, rewards, {}),
    remember({ coefficient: target, divergence }, { beta }) {
      if (!divergence) {
        throw new TypeError(
          "Expected a policy that knows how far its answers are from the reference, divergence, for the KL targets",
        );
      }
      return tf.tidy(() => {
        const { update } = adaptiveKlController({ target, horizon, beta: 0.1 });
        const kl = tf.mean(divergence, 2, true);
        const next = update({ beta, kl }, { samples: 1 });
        // Not clipByValue, which loses NaN on WebAssembly.
        return { beta: tf.minimum(tf.maximum(next, least), most) };
      });
    },
  };
}
