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
 * @param options `clip` limits A, and `name` says so; both for a variant.
 * @returns The method, swept over beta0.
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

/** ADRPO with its advantages within ±beta0 (or k times it). */
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

/** ADRPO whose coefficient is never negative. */
export function nonNegativeAdrpo<Signals>(
  family: Family<Signals>,
): Method<Signals> {
  return adrpo(family, {
    clip: upToBeta0,
    name: "beta_eff ≥ 0",
    look: { color: "#332288", dash: "longdash", symbol: "star" },
  });
}

/**
 * ADRPO whose coefficient adapts to the advantage over a *running* baseline of each
 * prompt, V = 0.9 V + 0.1 mean r, in place of the group's mean: such advantages can
 * all be negative at once. The reinforcement loss keeps the group's advantages.
 *
 * @param family The losses of the modality.
 * @returns The method, swept over beta0; it needs a task that knows the expected
 * rewards at the start.
 */
export function runningBaselineAdrpo<Signals>(
  family: Family<Signals>,
): Method<Signals> {
  const { objective, divergence, advantages } = family;
  const decay = 0.9;
  return {
    name: nameOf(`ADRPO-${family.name}`, "running baseline", family.variant),
    coefficient: "beta0",
    look: { color: "#999933", dash: "dashdot", symbol: "pentagon" },
    start(beta0, startRewards) {
      if (!startRewards) {
        throw new TypeError(
          `Expected the task to know the rewards at the start, startRewards, for the running baseline, got none`,
        );
      }
      const row = tf.reshape(startRewards, [1, -1, 1]);
      return { baseline: tf.tile(row, [beta0.shape[0], 1, 1]) };
    },
    terms(beta0, rewards, { baseline }) {
      const A = advantages(rewards);
      const adapting = tf.sub(rewards, baseline);
      return {
        objective: objective(A, A),
        divergence,
        beta: adaptiveBeta(adapting, { beta0 }),
      };
    },
    remember: ({ rewards }, { baseline }) => ({
      baseline: tf.add(
        tf.mul(decay, baseline),
        tf.mul(1 - decay, tf.mean(rewards, -1, true)),
      ),
    }),
  };
}

/**
 * A control of ADRPO: `L_RL(signal(A)) + beta(A) L_D`, with each part chosen freely.
 *
 * @param family The losses of the modality.
 * @param name What it varies.
 * @param options `beta` of the advantages and beta0; `signal`, what of the advantages
 * the reinforcement loss takes: all when left out; and the `look`.
 * @returns The method, swept over beta0.
 */
export function ablation<Signals>(
  { objective, divergence, advantages }: Family<Signals>,
  name: string,
  options: {
    signal?: (advantages: Tensor) => Tensor;
    beta: (advantages: Tensor, beta0: Tensor) => Tensor;
    look?: Look;
  },
): Method<Signals> {
  assertKnown("the options of ablation", options, ["signal", "beta", "look"]);
  const { signal = (A) => A, beta, look } = options;
  return {
    name: `control: ${name}`,
    coefficient: "beta0",
    look,
    terms(beta0, rewards) {
      const A = advantages(rewards);
      const acting = signal(A);
      return {
        objective: objective(acting, acting),
        divergence,
        beta: beta(A, beta0),
      };
    },
  };
}

/** `beta0 + s A`: s = -1 is ADRPO, 0 a fixed beta, 1 holds good samples back. */
export const slope = (s: number) => (A: Tensor, beta0: Tensor): Tensor =>
  tf.add(beta0, s === 1 ? A : tf.mul(s, A));

/** `beta0 - A'`, where A' is the advantage of the next sample of the prompt. */
export function ofNextSample(A: Tensor, beta0: Tensor): Tensor {
  const last = A.rank - 1;
  const [head, tail] = tf.split(A, [1, A.shape[last] - 1], last);
  return adaptiveBeta(tf.concat([tail, head], last), { beta0 });
}

/** `beta0 + |A|`: as uneven as ADRPO's, blind to which samples are good. */
export const ofSize = (A: Tensor, beta0: Tensor): Tensor =>
  tf.add(beta0, tf.abs(A));

/**
 * The controls of the ADRPO experiments: the sign of the adaptation flipped,
 * advantages of other samples, their size alone, and positive signals only.
 */
export function adrpoControls<Signals>(
  family: Family<Signals>,
): Method<Signals>[] {
  const positive = (A: Tensor) => tf.relu(A);
  return [
    ablation(family, "sign flipped", {
      beta: slope(1),
      look: { color: "#CC79A7", dash: "dot", symbol: "triangle-up" },
    }),
    ablation(family, "shuffled", {
      beta: ofNextSample,
      look: { color: "#E69F00", dash: "longdash", symbol: "triangle-down" },
    }),
    ablation(family, "|A|", {
      beta: ofSize,
      look: { color: "#777777", dash: "dot", symbol: "x" },
    }),
    ablation(family, "positive only", {
      signal: positive,
      beta: (A, beta0) => adaptiveBeta(positive(A), { beta0 }),
      look: { color: "#AA4499", dash: "dashdot", symbol: "hexagon" },
    }),
  ];
}
