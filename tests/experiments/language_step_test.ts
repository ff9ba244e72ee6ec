import { assert, assertEquals, assertNotEquals } from "@std/assert";
import {
  adrpoGrpoArms,
  controllerArm,
  dpoArm,
  entropyArm,
  exactGrpoArm,
  grpoArm,
  raftLanguageArm,
  runningBaselineArm,
} from "../../lib/experiments/language_arms.ts";
import {
  grpo,
  type LanguageMethod,
} from "../../lib/experiments/language_methods.ts";
import {
  disposeTask,
  type LanguageTask,
  measureLanguage,
  shortcutTask,
  sumTask,
} from "../../lib/experiments/language_task.ts";
import {
  initOnlineLanguage,
  onlineLanguageStep,
} from "../../lib/experiments/online_language.ts";
import { type LanguageArm } from "../../lib/experiments/run_language_arms.ts";
import { klK2, klK3 } from "../../lib/losses/divergences.ts";
import { type Reward } from "../../lib/rewards/reward.ts";
import { backend as device, type Tensor, tf } from "../../lib/tf/backend.ts";
import { type State, stateGroup } from "../../lib/train/state.ts";
import { type Step } from "../../lib/train/train.ts";

const budget = {
  perContext: 8,
  learningRate: 2e-3,
  clipNorm: 1,
  divergedAbove: 1e4,
};

/** The state and the step of a population of one method. */
function population(
  task: LanguageTask,
  method: LanguageMethod,
  { settings, seeds, reward = task.reward }: {
    settings: number;
    seeds: readonly number[];
    reward?: Reward;
  },
): { state: State; step: Step } {
  const members = settings * seeds.length;
  return {
    state: initOnlineLanguage(task.start, { members, method }),
    step: onlineLanguageStep(task.policy, {
      reward,
      method,
      settings,
      seeds,
      budget,
    }),
  };
}

/** Runs iterations; the caller disposes what is left. */
function advance({ state, step }: { state: State; step: Step }, count: number) {
  let at: { state: State; logs: Record<string, Tensor> } = { state, logs: {} };
  for (let i = 0; i < count; i++) {
    const next = tf.tidy(() => step(at.state, tf.scalar(i, "int32")));
    tf.dispose(at);
    at = next;
  }
  return at;
}

/** Runs iterations and returns the values of the state and of the last logs. */
async function run(start: { state: State; step: Step }, count: number) {
  const end = advance(start, count);
  const values = await valuesOf(end.state);
  const logged = await valuesOf(end.logs);
  tf.dispose(end);
  return { values, logged };
}

async function valuesOf(tensors: Record<string, Tensor>) {
  const entries = Object.entries(tensors).map(async ([name, tensor]) =>
    [name, Array.from(await tensor.data())] as const
  );
  return Object.fromEntries(await Promise.all(entries));
}

const allArms: LanguageArm[] = [
  grpoArm([0.1]),
  exactGrpoArm([0.1]),
  ...adrpoGrpoArms([0.1]),
  runningBaselineArm([0.1]),
  controllerArm([1], budget.perContext),
  entropyArm([0.1]),
  raftLanguageArm(2, [0.1]),
  dpoArm([0.1]),
];

Deno.test("an online iteration is a function of state, seed and iteration", async () => {
  const task = await sumTask();
  const beta = tf.tensor([0.1, 0.1], [2, 1, 1]);
  const make = () =>
    population(task, grpo({ beta, kl: klK3 }), { settings: 1, seeds: [3, 4] });
  const [first, second] = [await run(make(), 3), await run(make(), 3)];
  assertEquals(first, second);
  const other = await run(
    population(task, grpo({ beta, kl: klK3 }), { settings: 1, seeds: [3, 5] }),
    3,
  );
  assertNotEquals(other.values, first.values);
  disposeTask(task);
  beta.dispose();
});

Deno.test("an online iteration changes no tensor that it is given, but every parameter", async () => {
  const task = await sumTask();
  const beta = tf.tensor([0.1], [1, 1, 1]);
  const method = grpo({ beta, kl: klK3 });
  const { state, step } = population(task, method, { settings: 1, seeds: [0] });
  const before = await valuesOf(state);
  const next = tf.tidy(() => step(state, tf.scalar(0, "int32")));
  assertEquals(await valuesOf(state), before);
  const after = await valuesOf(next.state);
  for (const name of Object.keys(stateGroup(state, "params"))) {
    assertNotEquals(after[`params/${name}`], before[`params/${name}`], name);
  }
  tf.dispose([state, next.state, next.logs, beta]);
  disposeTask(task);
});

Deno.test("members with one seed and equal coefficients stay equal", async () => {
  const task = await sumTask();
  const beta = tf.tensor([0.2, 0.2, 0.7], [3, 1, 1]);
  const method = grpo({ beta, kl: klK3 });
  const { values } = await run(
    population(task, method, { settings: 3, seeds: [1] }),
    3,
  );
  const kernel = values["params/output/kernel"];
  const [a, b, c] = [0, 1, 2].map((member) =>
    kernel.slice(member * kernel.length / 3, (member + 1) * kernel.length / 3)
  );
  assertEquals(a, b);
  assertNotEquals(a, c);
  disposeTask(task);
  beta.dispose();
});

Deno.test("every method trains another policy, and leaves no tensor behind", async () => {
  const task = await sumTask();
  const seen = new Map<string, string>();
  for (const arm of allArms) {
    const before = tf.memory().numTensors;
    const beta = tf.tensor(arm.betas as number[], [1, 1, 1]);
    const method = arm.make(beta, task);
    const { values } = await run(
      population(task, method, { settings: 1, seeds: [2] }),
      3,
    );
    beta.dispose();
    assertEquals(tf.memory().numTensors, before, arm.method);
    const kernel = `${values["params/output/kernel"]}`;
    assertEquals(seen.get(kernel), undefined, `${arm.method} is as another`);
    seen.set(kernel, arm.method);
  }
  disposeTask(task);
});

Deno.test("an online iteration reads no value back", {
  // Elsewhere the keys, which are small, are read.
  ignore: device.name !== "tensorflow",
}, async () => {
  const task = await sumTask();
  const backend = tf.backend();
  const read = { readSync: backend.readSync, read: backend.read };
  for (const arm of allArms) {
    const beta = tf.tensor(arm.betas as number[], [1, 1, 1]);
    const method = arm.make(beta, task);
    const { state, step } = population(task, method, {
      settings: 1,
      seeds: [0],
    });
    const refuse = () => {
      throw new Error(`${arm.method} read a value`);
    };
    Object.assign(backend, { readSync: refuse, read: refuse });
    try {
      const next = tf.tidy(() => step(state, tf.scalar(0, "int32")));
      tf.dispose([next.state, next.logs]);
    } finally {
      Object.assign(backend, read);
    }
    tf.dispose([state, beta]);
  }
  disposeTask(task);
});

Deno.test("groups of equal rewards move the policy only through the divergence", async () => {
  const task = await shortcutTask("stuck");
  const nothing: Reward = (tokens) => tf.zeros(tokens.shape.slice(0, -1));
  const params = async (beta: number) => {
    const coefficient = tf.tensor([beta], [1, 1, 1]);
    const method = grpo({ beta: coefficient, kl: klK2 });
    const end = advance(
      population(task, method, { settings: 1, seeds: [0], reward: nothing }),
      5,
    );
    const trained = stateGroup(end.state, "params");
    const kl = tf.tidy(() =>
      measureLanguage(task, trained, { beta: coefficient }).klExact
    );
    const [klExact] = await kl.data();
    const values = await valuesOf(trained);
    tf.dispose([end, kl, coefficient]);
    return { values, klExact };
  };
  const start = await valuesOf(task.start);
  const [free, held] = [await params(0), await params(1)];
  assertEquals(free.values, start);
  assertNotEquals(held.values, start);
  assert(held.klExact < free.klExact, `${held.klExact} < ${free.klExact}`);
  disposeTask(task);
});
