import { tf } from "../tf/backend.ts";
import { type Family, lookOf, type Method, nameOf } from "./method.ts";

/**
 * Training on one's own samples, without any reward,
 *
 *     L_fit + beta L_D,
 *
 * which is what {@linkcode orwCfmW2} is at tau 0 and {@linkcode raft} when it keeps all.
 * A line of its own: what a model loses by it is no merit or fault of a reward.
 *
 * @param family The losses of the modality.
 * @returns The method, swept over beta; 0 is plain self-training.
 *
 * @example
 * ```ts
 * import { arm, flow, selfTraining } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(arm(selfTraining(flow), [0, 0.1]).method.name, "no reward");
 * ```
 */
export function selfTraining<Signals>(
  family: Family<Signals>,
): Method<Signals> {
  return {
    name: nameOf("no reward", family.variant),
    coefficient: "beta",
    look: lookOf(family, {
      color: "#777777",
      dash: "longdash",
      symbol: "pentagon",
    }),
    terms: (beta, rewards) => ({
      objective: family.fit(tf.onesLike(rewards)),
      divergence: family.divergence,
      beta,
    }),
  };
}
