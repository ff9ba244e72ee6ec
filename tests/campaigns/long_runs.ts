/**
 * Long runs in one process: no tensor more after many iterations, and no memory that
 * grows with them. Run by the continuous integration at a small size; by hand:
 *
 *     KIT_ITERATIONS=10000 deno task test --v8-flags=--expose-gc tests/campaigns/long_runs.ts
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { type Experiment, run } from "../../lib/experiments/mod.ts";
import { tf } from "../../lib/tf/backend.ts";
import { withoutKept } from "../experiments/small_task.ts";
import flow from "./kinds/flow.ts";
import host from "./kinds/host.ts";
import language from "./kinds/language.ts";

const iterations = Number(Deno.env.get("KIT_ITERATIONS") ?? 1000);

/** The memory of this process, in MB, once what is not used is given back. */
function memory(): number {
  const { gc } = globalThis as { gc?: () => void };
  if (!gc) throw new Error("Expected --v8-flags=--expose-gc");
  gc();
  return Deno.memoryUsage().rss / 1e6;
}

async function grows<Signals>(experiment: Experiment<Signals>) {
  const task = experiment.tasks[0].name;
  const [arm] = experiment.arms;
  const evaluateEvery = iterations / 10;
  const at: number[] = [];
  await withoutKept(task, async () => {
    const before = tf.memory().numTensors;
    let tenths = 0;
    await run({
      ...experiment,
      arms: [arm],
      budget: { ...experiment.budget, iterations, evaluateEvery },
    }, {
      fresh: true,
      onProgress(percent) {
        if (percent < 10 * (tenths + 1)) return;
        tenths = Math.floor(percent / 10);
        at.push(memory());
      },
    });
    assertEquals(tf.memory().numTensors, before, "leaked tensors");
  });
  // The first half fills caches and pools; after that a leak is what grows.
  const half = at[Math.floor(at.length / 2)];
  const growth = at.at(-1)! - half;
  console.log(
    `${task}: ${iterations} iterations, ${half.toFixed(0)} MB half-way, ${
      growth.toFixed(1)
    } MB more at the end`,
  );
  // A float32 [2, 64] left in each iteration would be 0.5 kB.
  const most = 8 + iterations / 2 * 0.5e-3;
  assert(growth < most, `${growth} MB more, expected less than ${most}`);
}

Deno.test("a flow's run does not grow", () => grows(flow));
Deno.test("a run with a reward on the host does not grow", () => grows(host));
Deno.test("a language model's run does not grow", () => grows(language));
