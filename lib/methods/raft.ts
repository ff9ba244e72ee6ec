import { raftWeights } from "../losses/advantages.ts";
import { tf } from "../tf/backend.ts";
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
 * @param options.centred Whether weights are less their mean, 1, as a control: what is
 * left of uncentred weights is {@linkcode selfTraining}; not when left out.
 * @returns The method, swept over beta.
 * @throws {TypeError} If an option has an unknown name. A `keep` that is no integer from
 * 1 to K is refused where the rewards are known, at the door of a run.
 *
 * @example
 * ```ts
 * import { flow, raft, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const losses = tf.tidy(() => {
 *   const beta = tf.zeros([1, 1, 1]);
 *   const rewards = tf.tensor3d([[[0, 1, 0.5, 0]]]);
 *   const { objective } = raft(flow, { keep: 1 }).terms(beta, rewards, {});
 *   const [vt, ut] = [tf.zeros([1, 1, 4, 2]), tf.ones([1, 1, 4, 2])];
 *   return objective({ vt, ut, vRef: vt });
 * });
 * // All of the four weights is on the best.
 * assertEquals(await losses.data(), Float32Array.of(0, 4, 0, 0));
 * losses.dispose();
 * ```
 */
export function raft<Signals>(
  family: Family<Signals>,
  options: { keep: number; centred?: boolean },
): Method<Signals> {
  assertKnown("the options of raft", options, ["keep", "centred"]);
  const { keep, centred = false } = options;
  const variant = nameOf(centred ? "centred" : undefined, family.variant);
  return {
    name: nameOf(`RAFT, best ${keep}`, variant),
    coefficient: "beta",
    look: lookOf({ variant }, {
      color: "#009E73",
      dash: "dashdot",
      symbol: "diamond",
    }),
    terms(beta, rewards) {
      const weights = raftWeights(rewards, { keep });
      return {
        objective: family.fit(centred ? tf.sub(weights, 1) : weights),
        divergence: family.divergence,
        beta,
      };
    },
  };
}
