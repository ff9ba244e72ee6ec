import { contextIds } from "../data/context_ids.ts";
import { diverseAdvantages, mistrusted } from "../losses/gated.ts";
import { type Reward } from "../rewards/reward.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { assertKnown } from "../tf/check.ts";
import { type Family, lookOf, type Method, nameOf } from "./method.ts";

/**
 * GARDO: only answers on which the reward and a judge disagree are regularised, and a
 * good answer counts more the farther it is from the others of its prompt,
 *
 *     L_RL(A') + beta [the answer is mistrusted] L_D.
 *
 * A' are {@linkcode diverseAdvantages}, by the distance of answers themselves: of points,
 * the root of the mean square; of completions, the share of tokens that differ. The gate
 * is {@linkcode mistrusted}. `anchored(gardo(...), resetEvery(15))` adds the updates of
 * the reference, which the authors' code makes at least that often.
 *
 * Paper: He et al. (2025, arXiv 2512.24138), by its authors' code (tinnerhrhe/GARDO).
 * Deviates from the code: as the two parts; the features of an answer are the answer.
 *
 * @param family The losses of the modality. The paper's advantages have no division by
 * a standard deviation: take `tokens({ advantages: inRewardUnits })`.
 * @param options.judge Another reward of the same answers, of any scale, such as an honest
 * one beside a proxy.
 * @param options.share How many of the answers that the reward ranks higher than the judge
 * are regularised, 0 to 1; a tenth, as in the code, when left out.
 * @returns The method, swept over beta.
 * @throws {TypeError} If an option has an unknown name, or there is no judge.
 * @throws {RangeError} If the share is out of range.
 *
 * @example
 * ```ts
 * import { arm, flow, gardo, type Tensor, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const nearOrigin = (x1: Tensor) => tf.exp(tf.neg(tf.sum(tf.square(x1), -1)));
 * const sweep = arm(gardo(flow, { judge: nearOrigin }), [0.1, 1]);
 * assertEquals(sweep.method.name, "GARDO");
 * ```
 */
export function gardo<Signals>(
  family: Family<Signals>,
  options: { judge: Reward; share?: number },
): Method<Signals> {
  assertKnown("the options of gardo", options, ["judge", "share"]);
  const { judge, share = 0.1 } = options;
  if (typeof judge !== "function") {
    throw new TypeError(
      `Expected judge to be a reward of answers and contexts, got ${typeof judge}`,
    );
  }
  if (!(share >= 0 && share <= 1)) {
    throw new RangeError(`Expected share to be from 0 to 1, got ${share}`);
  }
  return {
    name: nameOf(
      "GARDO",
      share === 0.1 ? undefined : `share ${share}`,
      family.variant,
    ),
    coefficient: "beta",
    look: lookOf(family, {
      color: "#B22222",
      dash: "solid",
      symbol: "hexagram",
    }),
    terms(beta, rewards, _, sample) {
      if (!sample) {
        throw new TypeError("Expected a sample, the answers, got none");
      }
      const { answers } = sample;
      const [members, contexts, count] = rewards.shape;
      const grouped = tf.reshape(answers, [members, contexts, count, -1]);
      const A = diverseAdvantages(
        family.advantages(rewards),
        distancesOf(grouped),
      );
      const judged = tf.reshape(
        judge(answers, contextIds(contexts, count)),
        rewards.shape,
      );
      const gate = mistrusted({ rewards, judged }, { share });
      return {
        objective: family.objective(A, A),
        divergence: family.divergence,
        beta: tf.mul(beta, gate),
      };
    },
  };
}

/** Distances of answers of a group, `[M, C, K, D]`, to each other, `[M, C, K, K]`. */
function distancesOf(grouped: Tensor): Tensor {
  const [own, others] = [tf.expandDims(grouped, 3), tf.expandDims(grouped, 2)];
  return grouped.dtype === "int32"
    ? tf.mean(tf.cast(tf.notEqual(own, others), "float32"), -1)
    : tf.sqrt(tf.mean(tf.square(tf.sub(own, others)), -1));
}
