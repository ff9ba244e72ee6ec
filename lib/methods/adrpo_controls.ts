import { adaptiveBeta } from "../losses/regularised.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { assertKnown } from "../tf/check.ts";
import {
  type Family,
  type Look,
  lookOf,
  type Method,
  nameOf,
} from "./method.ts";

/**
 * A control of ADRPO: `L_RL(signal(A)) + beta(A, beta0) L_D`, with each part chosen
 * freely.
 *
 * @param family The losses of the modality.
 * @param name What it varies.
 * @param options `beta` of the advantages and beta0; `signal`, what of the advantages
 * the reinforcement loss takes: all when left out; and the `look`.
 * @returns The method, swept over beta0.
 * @throws {TypeError} If an option has an unknown name.
 *
 * @example
 * ```ts
 * import { ablation, flow, slope, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const half = ablation(flow, "half as steep", { beta: slope(-0.5) });
 * const beta0 = tf.ones([1, 1, 1]);
 * const rewards = tf.tensor3d([[[0, 1, 2]]]);
 * const { beta } = half.terms(beta0, rewards, {});
 * assertEquals(await beta.data(), Float32Array.of(1.5, 1, 0.5));
 * tf.dispose([beta0, rewards, beta]);
 * ```
 */
export function ablation<Signals>(
  { objective, divergence, advantages, variant }: Family<Signals>,
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
    name: nameOf(`control: ${name}`, variant),
    coefficient: "beta0",
    look: lookOf({ variant }, look),
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
 *
 * @param family The losses of the modality.
 * @returns The four methods, swept over beta0.
 *
 * @example
 * ```ts
 * import { adrpoControls, arm, flow } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const arms = adrpoControls(flow).map((method) => arm(method, [0.1, 0.4]));
 * assertEquals(arms[0].method.name, "control: sign flipped");
 * ```
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

/** The steepnesses of {@linkcode doseResponse}. */
export const slopes: readonly number[] = [-1, -0.5, -0.25, 0, 0.25, 0.5, 1];

/**
 * The dose-response of the adaptation: `L_RL + (beta0 + s A) L_D` for s from -1, which
 * is ADRPO, over 0, a fixed beta, to 1, which holds good samples back.
 *
 * What s does depends on the modality. In the flow loss the squared terms in A cancel at
 * s = -1 alone: its curvature is beta0 + (1 + s) A. In a language policy nothing
 * cancels: with k1 = log p / pRef, and k2 as the divergence, a token is pushed by
 * `A (1 - s k1) - beta0 k1`.
 *
 * @param family The losses of the modality.
 * @returns A method for each of {@linkcode slopes}, swept over beta0.
 *
 * @example
 * ```ts
 * import { doseResponse, exactTokens, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const methods = doseResponse(exactTokens);
 * assertEquals(methods.length, 7);
 * const half = methods[1];
 * assertEquals(half.name, "control: beta0 - 0.5 A, exact KL");
 * const beta0 = tf.ones([1, 1, 1]);
 * const rewards = tf.tensor3d([[[0, 1, 0, 1]]]);
 * const { beta } = half.terms(beta0, rewards, {});
 * const [bad, good] = await beta.data(); // GRPO's advantages are -0.87 and 0.87
 * assertEquals([Math.round(100 * bad), Math.round(100 * good)], [143, 57]);
 * tf.dispose([beta0, rewards, beta]);
 * ```
 */
export function doseResponse<Signals>(
  family: Family<Signals>,
): Method<Signals>[] {
  return slopes.map((s, i) => {
    const sign = s < 0 ? "-" : "+";
    return ablation(family, `beta0 ${sign} ${Math.abs(s)} A`, {
      beta: slope(s),
      look: doseLooks[i],
    });
  });
}

/** From blue, what ADRPO does, over grey to red. */
const doseLooks: readonly Look[] = [
  { color: "#053061", dash: "solid", symbol: "circle" },
  { color: "#2166AC", dash: "dash", symbol: "square" },
  { color: "#4393C3", dash: "dot", symbol: "diamond" },
  { color: "#777777", dash: "dashdot", symbol: "cross" },
  { color: "#F4A582", dash: "dot", symbol: "triangle-up" },
  { color: "#D6604D", dash: "dash", symbol: "triangle-down" },
  { color: "#B2182B", dash: "solid", symbol: "star" },
];
