import { assertEquals, assertNotEquals } from "@std/assert";
import { identify } from "../../lib/experiments/identify.ts";
import { joinRuns } from "../../lib/experiments/join_runs.ts";
import { type Experiment, run } from "../../lib/experiments/mod.ts";
import { frameOf, pieces } from "../../lib/experiments/pieces.ts";
import { type FlowVelocities } from "../../lib/losses/flow_losses.ts";
import { adrpo, arm, flow, raft } from "../../lib/methods/mod.ts";
import { budget, near, smallTask, withoutKept } from "./small_task.ts";

/** Two references of one task, and another: methods on some, one of them tuned. */
const experiment: Experiment<FlowVelocities> = {
  name: "pieces_test",
  scale: "smoke",
  tasks: [
    ...[0, 1].map((reference) =>
      smallTask({
        name: "pieces_alike",
        reference,
        show: (_, members) =>
          Promise.resolve(members.map((member) => ({ member }))),
        frontier: () => Promise.resolve([{ reward: reference }]),
      })
    ),
    smallTask({ name: "pieces_other", reward: near(2) }),
  ],
  arms: [
    { ...arm(adrpo(flow), [0.2, 0.5]), tuned: { learningRate: 0.02 } },
    { ...arm(raft(flow, { keep: 2 }), [0.5]), on: ["pieces_alike"] },
  ],
  seeds: [3, 4, 5, 6],
  budget,
};

Deno.test("the pieces of an experiment, run in any order, are the whole run", () =>
  withoutKept("pieces", async () => {
    const parts = pieces(experiment);
    // Two methods on each of two references, and one on the other task.
    assertEquals(parts.map(({ seeds }) => seeds), [
      ...[[3, 4], [3, 4], [5, 6], [5, 6], [3, 4, 5, 6]],
    ]);
    const runs = new Map();
    for (const part of parts.toReversed()) {
      runs.set(part, await run(part, { fresh: true }));
    }
    const joined = joinRuns(
      frameOf(experiment),
      parts.map((part) => runs.get(part)),
    );
    const whole = await run(experiment, { fresh: true });
    assertEquals(joined, whole);
    assertEquals(whole.frontiers, [{ task: "pieces_alike", reward: 0 }]);
  }));

Deno.test("a population is named alike in its experiment and alone, and no two alike", async () => {
  const hashes = await identify(experiment);
  assertEquals(new Set(hashes).size, 5);
  const alone = [];
  for (const part of pieces(experiment)) alone.push(...await identify(part));
  assertEquals(alone, hashes);
  const [other] = await identify({ ...experiment, seeds: [3, 4, 5, 7] });
  assertEquals(other, hashes[0]); // The first reference's seeds are the same.
  const [changed] = await identify({ ...experiment, seeds: [2, 4, 5, 6] });
  assertNotEquals(changed, hashes[0]);
});
