/**
 * One online iteration of a population: sample, reward, advantage, loss, update.
 * The time of an iteration over the size of its population is the cost of a member.
 *
 * @module
 */

import { adrpoFlow } from "../lib/experiments/methods.ts";
import { initOnline, onlineFlowStep } from "../lib/experiments/online_flow.ts";
import {
  gradedReward,
  keys,
  mlpVelocity,
  ringMixture,
  tf,
} from "../lib/mod.ts";

const model = mlpVelocity({ dim: 2, contexts: 4, width: 64, depth: 3 });
const reference = model.init(keys([0]));
const budget = {
  perContext: 32,
  sampleSteps: 16,
  updates: 2,
  learningRate: 1e-3,
  clipNorm: 1,
  divergedAbove: 1e3,
};

for (const members of [1, 20, 100]) {
  const step = onlineFlowStep({ model, reference }, {
    reward: gradedReward(ringMixture()),
    method: adrpoFlow({ beta0: 1 }),
    settings: members,
    seeds: [0],
    budget,
  });
  const state = initOnline(reference, members);
  Deno.bench({
    name: `population of ${members}`,
    group: "online iteration, MLP 64, 128 samples a member",
    baseline: members === 1,
    async fn() {
      const { logs, state: next } = tf.tidy(() =>
        step(state, tf.scalar(0, "int32"))
      );
      await logs.reward.data(); // The device has finished.
      tf.dispose([logs, next]);
    },
  });
}
