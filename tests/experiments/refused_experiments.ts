// What a run refuses before its first step, for the tests of its door.
import { assertEquals, assertRejects } from "@std/assert";
import {
  advantageWeighting,
  arm,
  type Method,
  type Tuned,
} from "../../lib/methods/mod.ts";
import { type Experiment, run } from "../../lib/experiments/mod.ts";
import { type FlowVelocities } from "../../lib/losses/flow_losses.ts";
import { tf } from "../../lib/tf/backend.ts";
import { budget, smallTask } from "./small_task.ts";

export const task = smallTask({ name: "door" });
export const good = {
  name: "door_test",
  scale: "smoke",
  tasks: [task],
  arms: [arm(advantageWeighting, [0.5])],
  seeds: [0, 1],
  budget,
};

export type Wrong = [message: string, change: Record<string, unknown>];

/** Checks that runs are refused by name before a step, without a tensor left. */
export async function assertRefused(
  kind: typeof TypeError | typeof RangeError,
  wrongs: Wrong[],
  base: unknown = good,
): Promise<void> {
  for (const [message, change] of wrongs) {
    const experiment = { ...base as typeof good, ...change };
    let steps = 0;
    const before = tf.memory().numTensors;
    await assertRejects(
      () =>
        run(experiment as Experiment<FlowVelocities>, {
          onProgress: (percent) => steps += Math.sign(percent),
        }),
      kind,
      message,
    );
    assertEquals(tf.memory().numTensors, before, `${message}: leaked`);
    assertEquals(steps, 0, message);
  }
}

export const withReward = (reward: unknown) => ({
  tasks: [{ ...task, reward }],
});
export const withTuned = (tuned: Tuned) => ({
  arms: [arm(advantageWeighting, [1], { tuned })],
});
export const withBudget = (change: object) => ({
  budget: { ...budget, ...change },
});
export const withMethod = (method: Method<FlowVelocities>, grid = [0.5]) => ({
  arms: [arm(method, grid)],
});
export const withTerms = (terms: unknown) =>
  withMethod({ ...advantageWeighting, name: "own", terms } as never);
export const withMeasure = (measure: unknown) => ({
  tasks: [{ ...task, measure }],
});
