import {
  assert,
  assertEquals,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import {
  adrpo,
  adrpoControls,
  advantageWeighting,
  anchored,
  average,
  awm,
  clipCov,
  clippedAdrpo,
  coveringTokens,
  diffusionNft,
  doseResponse,
  dpo,
  drawingPolicy,
  entropyBonus,
  exactTokens,
  flow,
  gardo,
  grpo,
  initOnline,
  klController,
  klCov,
  linearWeighting,
  lossOf,
  mara,
  maxRl,
  type Method,
  nonNegativeAdrpo,
  type Online,
  onlineStep,
  orwCfmW2,
  passAtKTraining,
  promptKlTargets,
  quantileBaselineAdrpo,
  raft,
  resetEvery,
  runningBaselineAdrpo,
  selfTraining,
  startBaselineAdrpo,
  tokens,
  trajectoryBalance,
} from "../../lib/methods/mod.ts";
import { klK2 } from "../../lib/losses/divergences.ts";
import { mlpVelocity } from "../../lib/models/mlp_velocity.ts";
import { flowPolicy } from "../../lib/policies/flow.ts";
import { type Policy } from "../../lib/policies/policy.ts";
import { tokenPolicy } from "../../lib/policies/tokens.ts";
import { type Reward } from "../../lib/rewards/reward.ts";
import { backend, type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import { type State, stateGroup } from "../../lib/train/state.ts";
import { smallGpt } from "../models/small_gpt.ts";

const velocity = mlpVelocity({ dim: 2, contexts: 2, width: 6, depth: 2 });
const flows = flowPolicy(
  { model: velocity, reference: velocity.init(keys([0])) },
  { sampleSteps: 3 },
);
const near: Reward = (x1) =>
  tf.exp(tf.neg(tf.sum(tf.square(tf.sub(x1, 1)), -1)));

const spoken = tokenPolicy({
  model: smallGpt,
  reference: smallGpt.init(keys([1])),
  start: smallGpt.init(keys([2])),
  prompts: [[4, 5], [5, 1]],
  length: 3,
});
const sum: Reward = (answers) => tf.sum(tf.cast(answers, "float32"), -1);

/** Contexts that these rewards do not look at. */
const c0 = tf.zeros([1], "int32") as Tensor;

const budget = {
  perContext: 4,
  updates: 2,
  learningRate: 0.01,
  clipNorm: 1,
  divergedAbove: 1e6,
};

/** A policy, its reward and methods, whatever their signals. */
type Case = [Policy<unknown>, Reward, Method<unknown>[]];
const cases = [
  [flows, near, [
    adrpo(flow),
    clippedAdrpo(flow),
    clippedAdrpo(flow, 0.5),
    nonNegativeAdrpo(flow),
    runningBaselineAdrpo(flow),
    ...adrpoControls(flow),
    advantageWeighting,
    orwCfmW2({ tau: 1 }),
    orwCfmW2({ tau: 4 }),
    raft(flow, { keep: 1 }),
    raft(flow, { keep: 2 }),
    raft(flow, { keep: 1, centred: true }),
    orwCfmW2({ tau: 1, centred: true }),
    selfTraining(flow),
    linearWeighting,
    awm(),
    diffusionNft(),
    anchored(adrpo(flow), drawingPolicy),
    anchored(adrpo(flow), resetEvery(2)),
    anchored(adrpo(flow), average(0.9)),
    quantileBaselineAdrpo(flow, 0.9),
    startBaselineAdrpo(flow),
    gardo(flow, { judge: (x1) => tf.neg(near(x1, c0)), share: 1 }),
    // At -1 it is ADRPO, at 0 advantage weighting, at 1 a control of the list above.
    ...doseResponse(flow).filter((_, i) => ![0, 3, 6].includes(i)),
  ]],
  [spoken, sum, [
    grpo(),
    grpo(exactTokens),
    adrpo(tokens()),
    adrpo(exactTokens),
    clippedAdrpo(tokens()),
    nonNegativeAdrpo(tokens()),
    runningBaselineAdrpo(tokens()),
    klController(),
    entropyBonus,
    raft(tokens(), { keep: 2 }),
    dpo,
    selfTraining(tokens()),
    raft(tokens(), { keep: 2, centred: true }),
    anchored(grpo(), drawingPolicy),
    anchored(grpo(), average(0.9)),
    ...[tokens({ kl: klK2, variant: "k2" }), tokens(), exactTokens].flatMap(
      (family) => doseResponse(family).filter((_, i) => ![0, 3, 6].includes(i)),
    ),
    klCov({ share: 0.3 }),
    clipCov({ low: 0.01, high: 2 }),
    mara({ threshold: 4 }),
    trajectoryBalance,
    passAtKTraining({ k: 2, right: 5 }),
    maxRl(),
    ...coveringTokens.map(grpo),
    quantileBaselineAdrpo(tokens(), 0.9),
    startBaselineAdrpo(tokens()),
    promptKlTargets(tokens(), { horizon: 2 }),
    gardo(tokens(), { judge: (answers) => tf.neg(sum(answers, c0)), share: 1 }),
  ]],
] as unknown as Case[];

/** Runs iterations from the start; the caller disposes what is left. */
function advance(
  online: Online<unknown>,
  reward: Reward,
  count: number,
): { state: State; logs: Record<string, Tensor> } {
  return tf.tidy(() => {
    const step = onlineStep(online, reward);
    let state = initOnline(online, tf.tensor1d([0.3, 0.6]));
    let logs: Record<string, Tensor> = {};
    for (let i = 0; i < count; i++) {
      ({ state, logs } = step(state, tf.scalar(i, "int32")));
    }
    return { state, logs };
  });
}

function onlineOf(
  policy: Policy<unknown>,
  method: Method<unknown>,
  { grid = [0.3], seeds = [3, 4] } = {},
): Online<unknown> {
  const values = grid.flatMap((value) => seeds.map(() => value));
  const coefficient = tf.tensor(values, [values.length, 1, 1]);
  return { policy, method, coefficient, seeds, budget };
}

async function valuesOf(tensors: Record<string, Tensor>) {
  const entries = Object.entries(tensors).map(async ([name, tensor]) =>
    [name, Array.from(await tensor.data())] as const
  );
  return Object.fromEntries(await Promise.all(entries));
}

Deno.test("every method trains another policy, the same each time, and leaves no tensor behind", async () => {
  for (const [policy, reward, methods] of cases) {
    const seen = new Map<string, string>();
    for (const method of methods) {
      const before = tf.memory().numTensors;
      const online = onlineOf(policy, method);
      const run = async () => {
        const end = advance(online, reward, 3);
        const values = await valuesOf({ ...end.state, ...end.logs });
        tf.dispose(end);
        return values;
      };
      const values = await run();
      assertEquals(await run(), values, method.name);
      online.coefficient.dispose();
      assertEquals(tf.memory().numTensors, before, method.name);
      const kernel = `${values["params/output/kernel"]}`;
      assertEquals(seen.get(kernel), undefined, `${method.name} is as another`);
      seen.set(kernel, method.name);
    }
  }
});

Deno.test("names tell the methods of a policy apart", () => {
  for (const [, , methods] of cases) {
    const names = methods.map(({ name }) => name);
    assertEquals(new Set(names).size, names.length);
  }
});

Deno.test("an iteration changes every parameter of every member, and nothing that it is given", async () => {
  for (const [policy, reward, [method]] of cases) {
    const online = onlineOf(policy, method, { grid: [0.1, 1] });
    const state = initOnline(online);
    const before = await valuesOf(state);
    const step = onlineStep(online, reward);
    const next = tf.tidy(() => step(state, tf.scalar(0, "int32")));
    assertEquals(await valuesOf(state), before);
    const after = await valuesOf(next.state);
    assertEquals(Object.keys(after), Object.keys(before));
    for (const name of Object.keys(stateGroup(state, "params"))) {
      const [old, now] = [before[`params/${name}`], after[`params/${name}`]];
      const size = old.length / 4;
      for (let member = 0; member < 4; member++) {
        const changed = old.slice(member * size, (member + 1) * size)
          .some((value, i) => value !== now[member * size + i]);
        assert(changed, `${name} of member ${member}`);
      }
    }
    for (const log of Object.values(next.logs)) assertEquals(log.shape, [4]);
    tf.dispose([state, next.state, next.logs, online.coefficient]);
  }
});

Deno.test("members of one seed share their draws; an iteration draws anew", async () => {
  for (const [policy, reward, [method]] of cases) {
    const online = onlineOf(policy, method, { grid: [0.1, 5] });
    const rewards = async (count: number) => {
      const { state, logs } = advance(online, reward, count);
      const values = Array.from(await logs.reward.data());
      tf.dispose([state, logs]);
      return values;
    };
    // Before the first update all settings have the same samples.
    const [first, second] = [await rewards(1), await rewards(2)];
    first.slice(0, 2).forEach((value, i) =>
      assert(Math.abs(value - first[2 + i]) < 1e-6)
    );
    assertNotEquals(first[0], first[1]);
    assertNotEquals(first, second);
    online.coefficient.dispose();
  }
});

Deno.test("a loss of groups of equal rewards moves a policy through the divergence alone", async () => {
  const equal: Reward = (answers) => tf.zeros(answers.shape.slice(0, 2));
  for (const [policy, , [method]] of cases) {
    const free = policy === cases[0][0] ? advantageWeighting : grpo();
    const of = async (grid: number[]) => {
      const online = onlineOf(policy, free as Method<unknown>, { grid });
      const { state, logs } = advance(online, equal, 3);
      const start = initOnline(online);
      const moved = await valuesOf(stateGroup(state, "params"));
      const before = await valuesOf(stateGroup(start, "params"));
      tf.dispose([state, logs, start, online.coefficient]);
      return [moved, before];
    };
    const [unmoved, start] = await of([0]);
    assertEquals(unmoved, start, method.name);
    // The flow starts at its reference, from which it is not pulled either.
    if (policy !== cases[0][0]) {
      const [held, start] = await of([1]);
      assertNotEquals(held, start);
    }
  }
});

Deno.test("an online run raises the reward", async () => {
  const seeds = Array.from({ length: 20 }, (_, seed) => seed);
  const method = orwCfmW2({ tau: 5 }) as Method<unknown>;
  const online = onlineOf(cases[0][0], method, { grid: [0.1], seeds });
  const reward = async (iterations: number) => {
    const { state, logs } = advance(online, near, iterations);
    const values = await logs.reward.data();
    tf.dispose([state, logs]);
    return Array.from(values).reduce((a, b) => a + b) / seeds.length;
  };
  const [first, last] = [await reward(1), await reward(40)];
  assert(last > first + 0.1, `${first} to ${last}`);
  online.coefficient.dispose();
});

Deno.test({
  name:
    "an iteration reads no value and takes no random number of JavaScript's",
  // Elsewhere the keys, which are small, are read.
  ignore: backend.name !== "tensorflow",
  fn: () => {
    const prototype = tf.Tensor.prototype;
    const spied: [object, string][] = [
      ...["data", "dataSync", "array", "arraySync", "bytes", "bytesSync"]
        .map((name): [object, string] => [prototype, name]),
      [tf.backend(), "read"],
      [tf.backend(), "readSync"],
      [Math, "random"],
    ];
    const originals = spied.map(([object, name]) => Reflect.get(object, name));
    for (const [policy, reward, methods] of cases) {
      for (const method of methods) {
        const online = onlineOf(policy, method);
        for (const [object, name] of spied) {
          Reflect.set(object, name, () => {
            throw new Error(`${method.name} called ${name}`);
          });
        }
        try {
          tf.dispose(advance(online, reward, 1));
        } finally {
          for (const [i, [object, name]] of spied.entries()) {
            Reflect.set(object, name, originals[i]);
          }
        }
        online.coefficient.dispose();
      }
    }
  },
});

Deno.test("the loss of a method without a divergence is its objective", async () => {
  const beta = tf.ones([1, 1, 1]);
  const objective = () => tf.tensor3d([[[1, 2]]]);
  const [plain, regularised] = tf.tidy(() => [
    lossOf({ objective, beta }, {}),
    lossOf({ objective, beta, divergence: () => tf.tensor3d([[[3, 4]]]) }, {}),
  ]);
  assertEquals([...await plain.data()], [1, 2]);
  assertEquals([...await regularised.data()], [4, 6]);
  tf.dispose([beta, plain, regularised]);
});

Deno.test("DPO takes any number of prompts, and answers in pairs", () => {
  const beta = tf.ones([1, 1, 1]) as Tensor;
  tf.tidy(() => {
    for (const [contexts, perContext] of [[1, 2], [3, 4], [2, 6]]) {
      dpo.terms(beta, tf.zeros([1, contexts, perContext]), {});
    }
    assertThrows(
      () => dpo.terms(beta, tf.zeros([1, 2, 3]), {}),
      RangeError,
      "perContext to be even for DPO, whose answers are compared in pairs, got 3",
    );
  });
  beta.dispose();
});

Deno.test("all that a population starts with has a member first", () => {
  for (const [policy, , methods] of cases) {
    for (const method of methods) {
      const online = onlineOf(policy, method, { grid: [0.1, 0.2, 0.4] });
      const state = initOnline(online, tf.tensor1d([0.3, 0.6]));
      for (const [name, { shape }] of Object.entries(state)) {
        assertEquals(shape[0], 6, `${name} of ${method.name}`);
      }
      tf.dispose([state, online.coefficient]);
    }
  }
});
