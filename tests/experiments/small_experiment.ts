import { assert, assertEquals } from "@std/assert";
import { adrpo, arm, flow } from "../../lib/methods/mod.ts";
import { type Experiment, type Task } from "../../lib/experiments/mod.ts";
import { type FlowVelocities } from "../../lib/losses/flow_losses.ts";
import { budget } from "./small_task.ts";
import { type Row } from "../../lib/train/row.ts";

/** An experiment on one task. */
export const smallExperiment = (
  task: Task<FlowVelocities>,
  change: Partial<Experiment<FlowVelocities>> = {},
): Experiment<FlowVelocities> => ({
  name: "run_test",
  scale: "smoke",
  tasks: [task],
  arms: [arm(adrpo(flow), [0.2, 0.5])],
  seeds: [3, 4],
  budget,
  ...change,
});

/** Checks that rows are the same up to the order in which a graph rounds. */
export function assertSameRows(
  actual: readonly Row[],
  expected: readonly Row[],
) {
  assertEquals(actual.length, expected.length);
  for (const [i, row] of actual.entries()) {
    assertEquals(Object.keys(row), Object.keys(expected[i]));
    for (const [name, value] of Object.entries(row)) {
      const other = expected[i][name];
      const off = Math.abs(Number(value) - Number(other));
      assert(
        Object.is(value, other) || off < 1e-4,
        `${name} of row ${i}: ${value}, expected ${other}`,
      );
    }
  }
}
