// A flow, rewarded on the host.
import { type Experiment } from "../../../lib/experiments/mod.ts";
import { type FlowVelocities } from "../../../lib/losses/flow_losses.ts";
import { adrpo, arm, flow, raft } from "../../../lib/methods/mod.ts";
import { tf } from "../../../lib/tf/backend.ts";
import { budget, near, smallTask } from "../../experiments/small_task.ts";

export default {
  name: "kind_host",
  scale: "smoke",
  tasks: [smallTask({
    name: "kind_host",
    reward: {
      name: "near 1",
      score: (x1) => Promise.resolve(tf.tidy(() => near(1)(x1))),
    },
  })],
  arms: [arm(adrpo(flow), [0.2]), arm(raft(flow, { keep: 2 }), [0.5])],
  seeds: [3, 4],
  budget: { ...budget, iterations: 40 },
} satisfies Experiment<FlowVelocities>;
