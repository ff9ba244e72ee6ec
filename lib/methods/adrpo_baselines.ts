import { adaptiveBeta } from "../losses/regularised.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { type Family, type Look, type Method, nameOf } from "./method.ts";

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
  const decay = 0.9;
  return withBaseline(family, {
    name: "running baseline",
    look: { color: "#999933", dash: "dashdot", symbol: "pentagon" },
    next: (baseline, rewards) =>
      tf.add(
        tf.mul(decay, baseline),
        tf.mul(1 - decay, tf.mean(rewards, -1, true)),
      ),
  });
}

/**
 * ADRPO whose coefficient adapts to the advantage over a running q-quantile of each
 * prompt's rewards,
 *
 *     V = V + 0.1 (q - share of the group with r < V),
 *
 * by the gradient of the quantile's loss. With q near 1 it rises fast and falls slowly,
 * so that it stays above all rewards for as long as the policy does worse than it did:
 * then all answers are held more. The reinforcement loss keeps the group's advantages.
 *
 * Paper: Koenker and Bassett (1978), the quantile's loss; the baseline is this kit's own
 * control of the post's "resetting".
 *
 * @param family The losses of the modality.
 * @param q Above 0 and below 1. Rewards are taken to be of a size around 1.
 * @returns The method, swept over beta0; it needs a task that knows the expected
 * rewards at the start.
 * @throws {RangeError} If q is out of range.
 *
 * @example
 * ```ts
 * import { flow, quantileBaselineAdrpo, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const { remember } = quantileBaselineAdrpo(flow, 0.9);
 * const coefficient = tf.ones([1, 1, 1]);
 * const rewards = tf.tensor3d([[[0, 0.1, 0.2, 0.3]]]); // all below the baseline
 * const memory = { baseline: tf.tensor3d([[[0.8]]]) };
 * const next = remember!({ coefficient, rewards }, memory);
 * assertAlmostEquals((await next.baseline.data())[0], 0.8 + 0.1 * (0.9 - 1), 1e-6);
 * tf.dispose([coefficient, rewards, memory, next]);
 * ```
 */
export function quantileBaselineAdrpo<Signals>(
  family: Family<Signals>,
  q: number,
): Method<Signals> {
  if (!(q > 0 && q < 1)) {
    throw new RangeError(`Expected q to be above 0 and below 1, got ${q}`);
  }
  return withBaseline(family, {
    name: `quantile ${q}`,
    look: { color: "#8B5A2B", dash: "dash", symbol: "pentagon-open" },
    next: (baseline, rewards) =>
      tf.tidy(() => {
        const below = tf.cast(tf.less(rewards, baseline), "float32");
        const share = tf.mean(below, -1, true);
        return tf.add(baseline, tf.mul(0.1, tf.sub(q, share)));
      }),
  });
}

/**
 * ADRPO whose coefficient adapts to the advantage over the expected reward of each
 * prompt where training starts, a reference value that never moves: answers are held
 * less once they are better than what the model could do before. The reinforcement loss
 * keeps the group's advantages.
 *
 * @param family The losses of the modality.
 * @returns The method, swept over beta0; it needs a task that knows the expected
 * rewards at the start.
 *
 * @example
 * ```ts
 * import { flow, startBaselineAdrpo, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const { start, terms } = startBaselineAdrpo(flow);
 * const beta0 = tf.ones([1, 1, 1]);
 * const memory = start!(beta0, tf.tensor1d([0.25]));
 * const rewards = tf.tensor3d([[[0.75, 1]]]);
 * const { beta } = terms(beta0, rewards, memory);
 * assertEquals(await beta.data(), Float32Array.of(0.5, 0.25));
 * tf.dispose([beta0, memory, rewards, beta]);
 * ```
 */
export function startBaselineAdrpo<Signals>(
  family: Family<Signals>,
): Method<Signals> {
  return withBaseline(family, {
    name: "start baseline",
    look: { color: "#117733", dash: "longdash", symbol: "pentagon" },
  });
}

/** ADRPO on rewards less a baseline of each prompt, `[M, C, 1]`, that it remembers. */
function withBaseline<Signals>(
  { name: familyName, variant, objective, divergence, advantages }: Family<
    Signals
  >,
  { name, look, next }: {
    name: string;
    look: Look;
    /** The next baseline, from rewards `[M, C, K]`; it stays when left out. */
    next?(baseline: Tensor, rewards: Tensor): Tensor;
  },
): Method<Signals> {
  return {
    name: nameOf(`ADRPO-${familyName}`, name, variant),
    coefficient: "beta0",
    look,
    start(beta0, startRewards) {
      if (!startRewards) {
        throw new TypeError(
          `Expected the task to know the rewards at the start, startRewards, for the ${name}, got none`,
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
    ...next && {
      remember: ({ rewards }, { baseline }) => ({
        baseline: next(baseline, rewards),
      }),
    },
  };
}
