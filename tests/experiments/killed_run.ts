// A run whose reward, on the host, tells of each call. A test runs it in its own
// process and, to kill it, in another: `deno run killed_run.ts KEEP`.
import { type Run, run, type RunOptions } from "../../lib/experiments/mod.ts";
import { arm, flow, raft } from "../../lib/methods/mod.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { budget, near, smallTask } from "./small_task.ts";

/** Runs RAFT; `tell` hears of each call of the reward: the door's, then iterations. */
export function killedRun(
  keep: number,
  tell: (call: number) => unknown,
  options: RunOptions = {},
): Promise<Run> {
  let calls = 0;
  const reward = {
    name: "near 1",
    async score(x1: Tensor) {
      await tell(calls++);
      return tf.tidy(() => near(1)(x1));
    },
  };
  return run({
    name: "killed_run",
    scale: "smoke",
    tasks: [smallTask({ name: "killed", reward })],
    arms: [arm({ ...raft(flow, { keep }), name: "RAFT" }, [0.5])],
    seeds: [0, 1],
    budget,
  }, options);
}

if (import.meta.main) {
  await killedRun(Number(Deno.args[0]), async (call) => {
    console.log(`call ${call}`);
    // Waits to be killed.
    if (call === 4) await new Promise(() => setTimeout(() => {}, 60_000));
  });
}
