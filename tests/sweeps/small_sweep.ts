// Twenty small pieces: four tasks, one with a frontier and one with a member that
// diverges, times five methods. What they show is long, so that writing takes a while.
import { type Experiment } from "../../lib/experiments/mod.ts";
import { type FlowVelocities } from "../../lib/losses/flow_losses.ts";
import {
  adrpo,
  advantageWeighting,
  arm,
  fixedBeta,
  flow,
  orwCfmW2,
  raft,
} from "../../lib/methods/mod.ts";
import { budget, near, smallTask } from "../experiments/small_task.ts";

const long = "0123456789".repeat(100_000);

const experiment: Experiment<FlowVelocities> = {
  name: "small_sweep",
  scale: "smoke",
  tasks: [0, 1, 2, 3].map((point) =>
    smallTask({
      name: `near_${point}`,
      title: `near ${point}`,
      reward: near(point),
      show: (_, members, { done }) =>
        Promise.resolve(members.map((member) => ({
          member,
          text: done ? long : "",
        }))),
      frontier: point === 1
        ? () => Promise.resolve([{ reward: 0.1 + 0.2 }])
        : undefined,
    })
  ),
  arms: [
    arm(adrpo(flow), [0.2, 1e6]),
    arm(fixedBeta(flow, { name: "fixed beta" }), [0.1, 0.4]),
    arm(raft(flow, { keep: 2 }), [0.5]),
    arm(orwCfmW2({ tau: 1 }), [0, 1]),
    arm(advantageWeighting, [0.5]),
  ],
  seeds: [3, 4],
  budget: { ...budget, divergedAbove: 10 },
};

export default experiment;
