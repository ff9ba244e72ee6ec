import { adaptiveBeta } from "../losses/regularised.ts";
import { tf } from "../tf/backend.ts";
import { type Family, type Method, nameOf } from "./method.ts";

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
