import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { type Method, orwCfmW2 } from "../../lib/experiments/methods.ts";
import {
  byPrompt,
  frozenVelocity,
  initOnline,
  onlineFlowStep,
} from "../../lib/experiments/online_flow.ts";
import { mlpVelocity } from "../../lib/models/mlp_velocity.ts";
import { repeatParams } from "../../lib/models/params.ts";
import { backend, type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys, normal } from "../../lib/tf/random.ts";
import { type State, stateGroup } from "../../lib/train/state.ts";
import { evaluate } from "../evaluate.ts";

const model = mlpVelocity({ dim: 2, contexts: 2, width: 8, depth: 2 });
const policy = () => ({ model, reference: model.init(keys([0])) });

const budget = {
  perContext: 4,
  sampleSteps: 3,
  updates: 2,
  learningRate: 1e-2,
  clipNorm: 1,
  divergedAbove: 1e6,
};

/** High near the point (1, 1). */
const reward = (x1: Tensor) =>
  tf.exp(tf.neg(tf.sum(tf.square(tf.sub(x1, 1)), -1)));

/** Runs iterations on a population: one setting a coefficient, with each seed. */
interface Population {
  seeds: number[];
  coefficients: number[];
  method?: (coefficient: Tensor) => Method;
  iterations?: number;
}

function population(
  { seeds, coefficients, method, iterations = 2 }: Population,
): { state: State; logs: Record<string, Tensor> } {
  const orw: typeof method = (beta) => orwCfmW2({ tau: 1, beta });
  const perMember = coefficients.flatMap((value) => seeds.map(() => value));
  const members = perMember.length;
  const column = tf.tensor(perMember, [members, 1, 1]);
  const flow = policy();
  const step = onlineFlowStep(flow, {
    reward,
    method: (method ?? orw)(column),
    settings: coefficients.length,
    seeds,
    budget,
  });
  let state = initOnline(flow.reference, members);
  let logs = {};
  for (let i = 0; i < iterations; i++) {
    ({ state, logs } = step(state, tf.scalar(i, "int32")));
  }
  return { state, logs };
}

type Members = number[][];

/** The parameters of each member, one after the other. */
async function run(options: Population): Promise<Members> {
  const { values, shape } = await evaluate(() => {
    const { state } = population(options);
    const params = Object.values(stateGroup(state, "params"));
    const members = params[0].shape[0];
    return tf.concat(params.map((p) => tf.reshape(p, [members, -1])), 1);
  });
  return Array.from(
    { length: shape[0] },
    (_, m) => values.slice(m * shape[1], (m + 1) * shape[1]),
  );
}

const log = (name: string, options: Population) =>
  evaluate(() => population(options).logs[name]);

function distance(a: number[], b: number[]): number {
  return Math.max(...a.map((value, i) => Math.abs(value - b[i])));
}

Deno.test("an online run is the same for the same seeds, another for others", async () => {
  const one = await run({ seeds: [3, 4], coefficients: [0.1] });
  assertEquals(await run({ seeds: [3, 4], coefficients: [0.1] }), one);
  assertNotEquals(one[0], one[1]);
  const other = await run({ seeds: [5, 4], coefficients: [0.1] });
  assert(distance(other[0], one[0]) > 1e-3);
  assert(distance(other[1], one[1]) < 1e-5);
});

Deno.test("an iteration draws anew", async () => {
  const first = await run({ seeds: [3], coefficients: [0], iterations: 1 });
  const second = await run({ seeds: [3], coefficients: [0], iterations: 2 });
  const mean = (options: Population) => log("reward", options);
  assert(distance(first[0], second[0]) > 1e-3);
  // With a learning rate that moves nothing only the draws tell them apart.
  assertNotEquals(
    (await mean({ seeds: [3], coefficients: [0], iterations: 1 })).values,
    (await mean({ seeds: [3], coefficients: [0], iterations: 2 })).values,
  );
});

Deno.test("every parameter of every member changes, and nothing else does", async () => {
  const before = tf.memory().numTensors;
  const { start, state } = tf.tidy(() => ({
    start: initOnline(policy().reference, 4),
    state: population({ seeds: [1, 2], coefficients: [0.1, 1] }).state,
  }));
  assertEquals(Object.keys(state), Object.keys(start));
  for (const [name, value] of Object.entries(state)) {
    const [now, then] = [await value.data(), await start[name].data()];
    const size = value.size / 4;
    for (let member = 0; member < 4; member++) {
      const range = [member * size, (member + 1) * size];
      const changed = distance(
        [...now.slice(...range)],
        [...then.slice(...range)],
      );
      if (name === "alive") assertEquals(changed, 0);
      else assert(changed > 0, `${name} of member ${member}`);
    }
  }
  tf.dispose([start, state]);
  assertEquals(tf.memory().numTensors, before, "leaked");
});

Deno.test("members of different settings and one seed share their draws", async () => {
  const same = await run({ seeds: [3, 4], coefficients: [0.5, 0.5] });
  assert(distance(same[0], same[2]) < 1e-6);
  assert(distance(same[1], same[3]) < 1e-6);
  // Before the first update all settings have the same samples, thus rewards.
  const { values } = await log("reward", {
    seeds: [3, 4],
    coefficients: [0.1, 5],
    iterations: 1,
  });
  assert(Math.abs(values[0] - values[2]) < 1e-6);
  assertNotEquals(values[0], values[1]);
});

Deno.test("a member is the same alone and in a population", async () => {
  const all = await run({ seeds: [3, 4], coefficients: [0.1, 2] });
  const alone = await run({ seeds: [4], coefficients: [2] });
  assert(distance(all[3], alone[0]) < 1e-5, `${distance(all[3], alone[0])}`);
  assert(distance(all[3], all[1]) > 1e-3); // the coefficient matters
});

Deno.test("a member that diverges is frozen and does not touch the others", async () => {
  const options = (tau: number): Population => ({
    seeds: [3],
    coefficients: [0.1, tau],
    method: (tau) => orwCfmW2({ tau, beta: 0.1 }),
  });
  // Weights that are huge, infinite and NaN. A matrix product of WebGPU's (4.22)
  // with a transposed factor lets what is not finite into the member before.
  const taus = backend.name === "webgpu" ? [80] : [80, 1e30, NaN];
  for (const tau of taus) {
    const members = await run(options(tau));
    const [start] = await run({ ...options(1), iterations: 0 });
    assertEquals(members[1], start);
    assertEquals((await log("alive", options(tau))).values, [1, 0]);
    const [calm] = await run(options(1));
    assert(distance(members[0], calm) < 1e-6);
  }
});

Deno.test("an iteration logs one value a member", async () => {
  const options = { seeds: [1, 2], coefficients: [0.1, 1] };
  for (const name of ["reward", "loss", "gradNorm", "alive"]) {
    const { shape, values } = await log(name, options);
    assertEquals(shape, [4], name);
    assert(values.every((value) => Number.isFinite(value) && value > 0), name);
  }
});

Deno.test("an online run raises the reward", async () => {
  const seeds = Array.from({ length: 20 }, (_, seed) => seed);
  const meanReward = async (iterations: number) => {
    const { values } = await log("reward", {
      seeds,
      coefficients: [5],
      method: (tau) => orwCfmW2({ tau, beta: 0.1 }),
      iterations,
    });
    return values.reduce((a, b) => a + b) / seeds.length;
  };
  const [first, last] = [await meanReward(1), await meanReward(60)];
  assert(last > first + 0.1, `${first} to ${last}`);
});

Deno.test("a step leaves its state alone", async () => {
  const flow = { model, reference: tf.tidy(() => model.init(keys([0]))) };
  const state = tf.tidy(() => initOnline(flow.reference, 1));
  const read = () =>
    Promise.all(
      Object.values(state).map(async (value) => [...await value.data()]),
    );
  const before = await read();
  const step = onlineFlowStep(flow, {
    reward,
    method: orwCfmW2({ tau: 1, beta: 1 }),
    settings: 1,
    seeds: [1],
    budget,
  });
  tf.dispose(tf.tidy(() => step(state, tf.scalar(0, "int32")).state));
  assertEquals(await read(), before);
  tf.dispose([flow.reference, state]);
});

Deno.test({
  name:
    "an iteration reads no value back and takes no JavaScript random number",
  // Elsewhere the keys, which are small, are read.
  ignore: backend.name !== "tensorflow",
  fn: () => {
    const forbid = (what: string) => () => {
      throw new Error(`an iteration called ${what}`);
    };
    const native = tf.backend();
    const prototype = tf.Tensor.prototype;
    const spied: [object, string][] = [
      ...["data", "dataSync", "array", "arraySync", "bytes", "bytesSync"]
        .map((name): [object, string] => [prototype, name]),
      [native, "read"],
      [native, "readSync"],
      [Math, "random"],
    ];
    const originals = spied.map(([object, name]) => Reflect.get(object, name));
    for (const [object, name] of spied) {
      Reflect.set(object, name, forbid(name));
    }
    try {
      tf.tidy(() => {
        const { state } = population({ seeds: [1, 2], coefficients: [0.1, 1] });
        assertEquals(state.alive.shape, [4]);
      });
    } finally {
      for (const [i, [object, name]] of spied.entries()) {
        Reflect.set(object, name, originals[i]);
      }
    }
  },
});

Deno.test("frozenVelocity() is the velocity of a population of copies", async () => {
  const points = () => ({
    xt: normal(keys([1, 2, 3]), [5, 2]),
    t: tf.sigmoid(normal(keys([4, 5, 6]), [5])),
    c: tf.tensor1d([0, 0, 1, 1, 1], "int32"),
  });
  const frozen = await evaluate(() =>
    frozenVelocity(model, policy().reference, points())
  );
  const copies = await evaluate(() => {
    const { xt, t, c } = points();
    return model.velocity(repeatParams(policy().reference, 3), xt, t, c);
  });
  assertEquals(frozen.shape, [3, 5, 2]);
  assert(distance(frozen.values, copies.values) < 1e-5);
});

Deno.test("byPrompt() parts all velocities alike", async () => {
  const flat = () => tf.reshape(tf.range(0, 24), [2, 6, 2]);
  for (const name of ["vt", "ut", "vRef"] as const) {
    const { shape, values } = await evaluate(() =>
      byPrompt({ vt: flat(), ut: flat(), vRef: flat() }, 3)[name]
    );
    assertEquals(shape, [2, 3, 2, 2]);
    assertEquals(values, Array.from({ length: 24 }, (_, i) => i));
  }
});
