import { clipAdvantages } from "../losses/advantages.ts";
import { adaptiveBeta } from "../losses/regularised.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { assertKnown, assertPositive } from "../tf/check.ts";
import {
  type Family,
  type Look,
  lookOf,
  type Method,
  nameOf,
} from "./method.ts";

/** What becomes of an advantage before it sets the coefficient, given beta0 `[M, 1, 1]`. */
export type Clip = (advantages: Tensor, beta0: Tensor) => Tensor;

/** Leaves advantages as they are. */
export const unclipped: Clip = (advantages) => advantages;

/** Clips advantages to `[-k beta0, k beta0]`; the paper advises k = 1. */
export const withinBeta0 = (k: number): Clip => (advantages, beta0) =>
  tf.tidy(() => {
    const max = tf.mul(k, beta0);
    return clipAdvantages(advantages, { min: tf.neg(max), max });
  });

/** Clips advantages at beta0 from above, so that `beta0 - A` is never negative. */
export const upToBeta0: Clip = (advantages, beta0) =>
  clipAdvantages(advantages, { min: -Infinity, max: beta0 });

/**
 * ADRPO, for every modality:
 *
 *     L_RL + (beta0 - A) L_D.
 *
 * A good sample is regularised less, a bad one more. Which losses L_RL and L_D are,
 * and what A is, `family` says: {@linkcode flow} gives ADRPO-FM,
 * {@linkcode tokens} gives ADRPO-GRPO.
 *
 * Paper: Fan et al. (NeurIPS 2025, arXiv 2510.18053), the general objective, ADRPO
 * for flow matching, and ADRPO for GRPO. Deviates from the paper: nothing.
 *
 * @param family The losses of the modality.
 * @param options `clip` limits A, and `name` says so; both for a variant, with a `look`
 * of its own.
 * @returns The method, swept over beta0.
 * @throws {TypeError} If an option has an unknown name.
 *
 * @example
 * ```ts
 * import { adrpo, flow, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const beta0 = tf.ones([1, 1, 1]);
 * const rewards = tf.tensor3d([[[0, 0.5, 1]]]);
 * const { beta } = adrpo(flow).terms(beta0, rewards, {});
 * assertEquals(await beta.data(), Float32Array.of(1.5, 1, 0.5));
 * tf.dispose([beta0, rewards, beta]);
 * ```
 */
export function adrpo<Signals>(
  family: Family<Signals>,
  options: { clip?: Clip; name?: string; look?: Look } = {},
): Method<Signals> {
  assertKnown("the options of adrpo", options, ["clip", "name", "look"]);
  const { clip = unclipped, name, look = ours } = options;
  const { objective, divergence, advantages } = family;
  return {
    name: nameOf(`ADRPO-${family.name}`, name, family.variant),
    coefficient: "beta0",
    look: lookOf(family, look),
    terms(beta0, rewards) {
      const A = advantages(rewards);
      const clipped = clip(A, beta0);
      return {
        objective: objective(A, clipped),
        divergence,
        beta: adaptiveBeta(clipped, { beta0 }),
      };
    },
  };
}

const ours: Look = { color: "#0072B2", dash: "solid", symbol: "circle" };

/**
 * ADRPO with its advantages within ±k beta0.
 *
 * @param family The losses of the modality.
 * @param k More than 0; the paper advises 1.
 * @returns The method, swept over beta0.
 * @throws {RangeError} If k is not positive.
 *
 * @example
 * ```ts
 * import { clippedAdrpo, flow, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const beta0 = tf.ones([1, 1, 1]);
 * const rewards = tf.tensor3d([[[0, 3, 6]]]);
 * const { beta } = clippedAdrpo(flow).terms(beta0, rewards, {});
 * // Advantages -3, 0 and 3 act as -1, 0 and 1.
 * assertEquals(await beta.data(), Float32Array.of(2, 1, 0));
 * tf.dispose([beta0, rewards, beta]);
 * ```
 */
export function clippedAdrpo<Signals>(
  family: Family<Signals>,
  k = 1,
): Method<Signals> {
  assertPositive("k", k);
  return adrpo(family, {
    clip: withinBeta0(k),
    name: `±${k === 1 ? "" : `${k} `}beta0`,
    look: clipLooks[k],
  });
}

const clipLooks: Record<number, Look> = {
  0.5: { color: "#882255", dash: "dot", symbol: "triangle-left" },
  1: { color: "#56B4E9", dash: "dash", symbol: "cross" },
  2: { color: "#117733", dash: "dashdot", symbol: "triangle-right" },
};

/**
 * ADRPO whose coefficient is never negative: advantages count up to beta0.
 *
 * @param family The losses of the modality.
 * @returns The method, swept over beta0.
 */
export function nonNegativeAdrpo<Signals>(
  family: Family<Signals>,
): Method<Signals> {
  return adrpo(family, {
    clip: upToBeta0,
    name: "beta_eff ≥ 0",
    look: { color: "#332288", dash: "longdash", symbol: "star" },
  });
}
