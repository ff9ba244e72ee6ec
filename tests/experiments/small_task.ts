import { join } from "node:path";
import { runsDir } from "../../lib/data/files.ts";
import {
  type Budget,
  type HostReward,
  type Task,
} from "../../lib/experiments/mod.ts";
import { type FlowVelocities } from "../../lib/losses/flow_losses.ts";
import { mlpVelocity } from "../../lib/models/mlp_velocity.ts";
import { flowPolicy } from "../../lib/policies/flow.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";

export const model = mlpVelocity({ dim: 2, contexts: 2, width: 5, depth: 2 });
export const reference = model.init(keys([100]));
const startRewards = tf.tensor1d([0.1, 0.2]);

export const budget: Budget = {
  iterations: 4,
  evaluateEvery: 2,
  evaluationSamples: 3,
  perContext: 4,
  updates: 2,
  learningRate: 0.01,
  clipNorm: 1,
  divergedAbove: 1e6,
};

/** Near a point. */
export const near = (point: number) => (x1: Tensor) =>
  tf.exp(tf.neg(tf.sum(tf.square(tf.sub(x1, point)), -1)));

/** A reward of the host that tells how often it was asked. */
export function countingReward(): { reward: HostReward; calls(): number } {
  let calls = 0;
  return {
    calls: () => calls,
    reward: {
      name: "counts",
      score(x1: Tensor) {
        calls++;
        return Promise.resolve(tf.tidy(() => near(1)(x1)));
      },
    },
  };
}

/** A task that costs next to nothing, whose measure tells parameters apart. */
export function smallTask(
  change: Partial<Task<FlowVelocities>> = {},
): Task<FlowVelocities> {
  return {
    name: "small",
    policy: flowPolicy({ model, reference }, { sampleSteps: 2 }),
    reward: near(1),
    startRewards,
    measure: (params, { samples }) => ({
      size: tf.mul(
        samples,
        tf.sum(tf.abs(params["output/kernel"]), [1, 2]),
      ),
    }),
    ...change,
  };
}

/** Runs an action without kept runs of tasks called so, before or after it. */
export async function withoutKept(
  task: string,
  action: () => Promise<void>,
): Promise<void> {
  const folder = join(runsDir("smoke"), "checkpoints");
  const forget = async () => {
    const kept = await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
    for (const { name } of kept) {
      if (name.startsWith(`${task}_`)) await Deno.remove(join(folder, name));
    }
  };
  await forget();
  try {
    await action();
  } finally {
    await forget();
  }
}

/** The lines that an action writes to the console. */
export async function linesOf(action: () => Promise<unknown>) {
  const { log } = console;
  const lines: string[] = [];
  console.log = (line: string) => lines.push(line);
  try {
    await action();
  } finally {
    console.log = log;
  }
  return lines;
}
