import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { compile } from "../../lib/compile/mod.ts";
import { adrpo, flow, type Method } from "../../lib/methods/mod.ts";
import { type FlowVelocities } from "../../lib/losses/flow_losses.ts";
import { type Params, repeatParams } from "../../lib/models/params.ts";
import { loadPretrained } from "../../lib/models/pretrained.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import {
  adaptationBins,
  binColumn,
  digitSums,
  loadLanguagePolicies,
  measureSums,
  mixtureTasks,
  sumRewards,
  sumTask,
} from "../../lib/tracks/mod.ts";
import { assertSameTensors } from "../compile/assert_same.ts";

const reference = await loadPretrained("mixture_flow");
const tasks = mixtureTasks(reference);
const policies = await loadLanguagePolicies();

/** What a task measures and draws of members, as a run compiles it. */
const measured = (
  task: (typeof tasks)[keyof typeof tasks],
  coefficient: Tensor,
) =>
(params: Params) => {
  const at = { coefficient, samples: 8, done: true };
  return {
    columns: task.measure(params, at),
    drawn: task.signals!.draw(params, at),
  };
};

Deno.test("the measures of a mixture task are the same when compiled", () => {
  const members = repeatParams(reference, 2);
  const coefficient = tf.ones([2, 1, 1]);
  for (const task of Object.values(tasks)) {
    const measure = measured(task, coefficient);
    using compiled = compile(measure);
    const [eager, graph] = [tf.tidy(() => measure(members)), compiled(members)];
    assertSameTensors(eager, graph, "measures", 1e-3);
    tf.dispose([eager, graph]);
  }
  tf.dispose([members, coefficient]);
});

/** The signals of a method on graded modes, as numbers by column. */
async function signalsOf(
  method: Method<FlowVelocities>,
  beta0s: number[],
): Promise<Record<string, number[]>> {
  const coefficient = tf.tensor(beta0s, [beta0s.length, 1, 1]);
  const members = repeatParams(reference, beta0s.length);
  const signals = tf.tidy(() => {
    const { drawn } = measured(tasks.graded, coefficient)(members);
    return tasks.graded.signals!.measure(drawn, {
      terms: (rewards) => method.terms(coefficient, rewards, {}),
      coefficient,
    });
  });
  const entries = Object.entries(signals).map(async ([name, column]) =>
    [name, Array.from(await column.data())] as const
  );
  const values = Object.fromEntries(await Promise.all(entries));
  tf.dispose([coefficient, members, signals]);
  return values;
}

Deno.test("signals tell a method's coefficient from its loss", async () => {
  const before = tf.memory().numTensors;
  const signals = await signalsOf(adrpo(flow), [0.5, 2]);
  assertEquals(tf.memory().numTensors, before);
  // Within a prompt advantages have mean 0, so that beta0 - A has mean beta0.
  [0.5, 2].forEach((beta0, i) =>
    assertAlmostEquals(signals.betaMean[i], beta0, 1e-4)
  );
  // The member is its own reference: no distance, so that nothing pulls.
  for (const name of ["penalty", "pullGood", "pullBad"]) {
    for (const value of signals[name]) assertAlmostEquals(value, 0, 1e-8);
  }
  const shares = [0, 1].map((m) =>
    Array.from({ length: adaptationBins }, (_, bin) => signals[binColumn(bin)])
      .reduce((sum, column) => sum + column[m], 0)
  );
  shares.forEach((share) => assertAlmostEquals(share, 1, 1e-5));
});

Deno.test("measures of sums are exact: a reference has no KL, and the frontier starts there", async () => {
  const task = sumTask(sumRewards.exact, policies.rough, { name: "sums" });
  const beta = tf.tensor3d([0.5], [1, 1, 1]);
  const columns = task.measure(policies.rough, {
    coefficient: beta,
    samples: 1,
    done: true,
  });
  const values = Object.fromEntries(
    await Promise.all(
      Object.entries(columns).map(async ([name, tensor]) =>
        [name, (await tensor.data())[0]] as const
      ),
    ),
  );
  assertAlmostEquals(values.klExact, 0, 1e-4);
  assertAlmostEquals(values.reward, values.right, 1e-6);
  const [start] = await tf.tidy(() => tf.mean(task.startRewards!)).data();
  assertAlmostEquals(values.reward, start, 1e-6);
  // The frontier has the reference first, and reward and KL grow along it.
  const points = await task.frontier!();
  assertAlmostEquals(points[0].klExact as number, 0, 1e-4);
  assertAlmostEquals(points[0].reward as number, values.reward, 1e-4);
  for (const name of ["reward", "klExact"]) {
    const along = points.map((point) => point[name] as number);
    along.slice(1).forEach((value, i) => assert(value >= along[i] - 1e-6));
  }
  tf.dispose([beta, columns]);
  task.dispose();
});

Deno.test("the distance of the reference to the optimum is log Z - E[r] / beta", async () => {
  const beta = tf.tensor3d([0.5], [1, 1, 1]);
  const table = (reward: (s: number) => number) =>
    tf.tensor2d(
      digitSums.prompts.map(() =>
        Array.from({ length: 1000 }, (_, s) => reward(s))
      ),
    );
  const rewards = table((s) => s % 7 === 0 ? 1 : 0);
  // Against a uniform reference, of which the members are far.
  const logpRef = table(() => -Math.log(1000));
  const measure = (rewards: Tensor) =>
    measureSums(policies.rough, { rewards, logpRef, beta });
  const [worth, nothing] = [measure(rewards), measure(tf.zerosLike(rewards))];
  const of = async (columns: Record<string, Tensor>, name: string) =>
    (await columns[name].data())[0];
  // KL(p | p*) = KL(p | pRef) - E_p[r] / beta + log Z, Z = E_pRef[exp(r / beta)].
  const share = Math.ceil(1000 / 7) / 1000;
  const logZ = Math.log(share * Math.exp(1 / 0.5) + 1 - share);
  assertAlmostEquals(
    await of(worth, "distance"),
    await of(worth, "klExact") - await of(worth, "reward") / 0.5 + logZ,
    1e-4,
  );
  assertAlmostEquals(
    await of(nothing, "distance"),
    await of(nothing, "klExact"),
    1e-4,
  );
  tf.dispose([beta, rewards, logpRef, worth, nothing]);
});

Deno.test("the distance to the optimum is 0 there, and NaN without a coefficient", async () => {
  const task = sumTask(sumRewards.exact, policies.rough, { name: "sums" });
  const beta = tf.tensor3d([0, 1e6], [2, 1, 1]);
  const members = repeatParams(policies.rough, 2);
  const columns = task.measure(members, {
    coefficient: beta,
    samples: 1,
    done: true,
  });
  const [none, far] = await columns.distance.data();
  assert(Number.isNaN(none));
  // At a huge beta the optimum is the reference itself.
  assertAlmostEquals(far, 0, 1e-4);
  tf.dispose([beta, members, columns]);
  task.dispose();
});

Deno.test("a task shows the likeliest answers at the end, and leaves no tensor", async () => {
  const before = tf.memory().numTensors;
  const task = sumTask(sumRewards.shortcut, policies.shortcut, {
    name: "shortcut",
    start: policies.stuck,
  });
  assertEquals(await task.show!(policies.stuck, [0], { done: false }), []);
  const rows = await task.show!(policies.stuck, [0], { done: true });
  assertEquals(rows.map(({ rank }) => rank), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  // What a stuck policy writes: equal digits, worth half.
  for (const { answer, reward } of rows.slice(0, 5)) {
    assertEquals(new Set(`${answer}`.split(" ")).size, 1);
    assert([0.5, 1].includes(reward as number));
  }
  task.dispose();
  assertEquals(tf.memory().numTensors, before);
});
