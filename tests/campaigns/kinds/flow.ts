// A flow, rewarded in tensors: a method that remembers, and a member that diverges.
import { type Experiment } from "../../../lib/experiments/mod.ts";
import { type FlowVelocities } from "../../../lib/losses/flow_losses.ts";
import { arm, flow, runningBaselineAdrpo } from "../../../lib/methods/mod.ts";
import { budget, smallTask } from "../../experiments/small_task.ts";

export default {
  name: "kind_flow",
  scale: "smoke",
  tasks: [smallTask({
    name: "kind_flow",
    show: (_, members) =>
      Promise.resolve(members.map((member) => ({ member, shown: true }))),
  })],
  arms: [arm(runningBaselineAdrpo(flow), [0.2, 1e6])],
  seeds: [3, 4],
  budget: { ...budget, iterations: 60, divergedAbove: 10 },
} satisfies Experiment<FlowVelocities>;
