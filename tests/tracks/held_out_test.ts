import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import { digitSumOf, evenAngles, ringMixture } from "../../lib/data/mod.ts";
import { mlpVelocity } from "../../lib/models/mlp_velocity.ts";
import { loadPretrained } from "../../lib/models/pretrained.ts";
import { gradedReward, sumReward } from "../../lib/rewards/mod.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys, normal } from "../../lib/tf/random.ts";
import {
  angleFlow,
  evaluateMixture,
  languageCorpora,
  mixture,
  mixtureFlowOf,
  mixtureTask,
  sumTask,
} from "../../lib/tracks/mod.ts";
import { evaluate } from "../evaluate.ts";

const sums = await loadPretrained("language_sums");
const angles = await loadPretrained("mixture_angles");

/** The first member's columns as numbers; disposes them. */
async function numbers(columns: Record<string, Tensor>) {
  const entries = Object.entries(columns).map(async ([name, column]) =>
    [name, (await column.data())[0]] as const
  );
  const values = Object.fromEntries(await Promise.all(entries));
  tf.dispose(columns);
  return values;
}

/** What a task measures of its own reference. */
async function measured(task: ReturnType<typeof sumTask>) {
  const coefficient = tf.tensor3d([0.1], [1, 1, 1]);
  const params = task.policy.init(1);
  const at = { coefficient, samples: 1, done: true };
  const values = await numbers(task.measure(params, at));
  tf.dispose([coefficient, params]);
  task.dispose();
  return values;
}

const taskOf = (targets: number[], heldOut?: number[]) => {
  const [own, others] = [targets, heldOut ?? targets].map(digitSumOf);
  return sumTask(sumReward(own), sums, {
    ...{ name: "some sums", sums: own },
    ...heldOut && { heldOut: { sums: others, reward: sumReward(others) } },
  });
};

Deno.test("sums held out are measured as a task of those sums measures them", async () => {
  const before = tf.memory().numTensors;
  const [trained, heldOut] = [[8, 11, 16, 19], [1, 4, 13, 26, 20]];
  const both = await measured(taskOf(trained, heldOut));
  for (
    const [targets, suffix] of [[trained, ""], [heldOut, "HeldOut"]] as const
  ) {
    const alone = await measured(taskOf([...targets]));
    for (const [name, value] of Object.entries(alone)) {
      if (suffix && /\d$/.test(name) && !/^(pass|distinct)/.test(name)) {
        continue;
      }
      assertAlmostEquals(both[`${name}${suffix}`], value, 1e-5, name);
    }
  }
  assert(Math.abs(both.reward - both.rewardHeldOut) > 0.01);
  assertEquals(tf.memory().numTensors, before, "leaked");
});

Deno.test("only the prompts that are trained are ever asked in training", async () => {
  const task = taskOf([8, 26], [1, 4, 13]);
  const sample = tf.tidy(() =>
    task.policy.draw(sums, { keys: keys([3]), perContext: 4 })
  );
  assertEquals(
    [...new Set(await sample.asked.data())],
    [18, 36],
  );
  tf.dispose(sample);
  task.dispose();
});

Deno.test("a prompt's own columns are the corpus's figures, and their means the task's", async () => {
  const targets = [1, 4, 13, 26];
  const values = await measured(taskOf(targets));
  for (const [c, target] of targets.entries()) {
    const right = languageCorpora.sums.probabilities[target]
      .filter((_, i) =>
        [...`${i}`].reduce((a, d) => a + Number(d), 0) === target
      );
    const share = right.reduce((a, b) => a + b);
    assertAlmostEquals(values[`right${c}`] / share, 1, 0.15, `${target}`);
    // All right answers are alike in the corpus.
    assertAlmostEquals(values[`answers${c}`] / right.length, 1, 0.1);
    assertAlmostEquals(values[`kl${c}`], 0, 1e-5);
    assertEquals(values[`solved${c}`], 0);
  }
  for (const name of ["right", "answers"]) {
    const each = targets.map((_, c) => values[`${name}${c}`]);
    assertAlmostEquals(values[name], each.reduce((a, b) => a + b) / 4, 1e-4);
  }
  assertAlmostEquals(values.pass1, values.right, 1e-6);
  const fourth = targets.map((_, c) => 1 - (1 - values[`right${c}`]) ** 4);
  assertAlmostEquals(values.pass4, fourth.reduce((a, b) => a + b) / 4, 1e-5);
});

Deno.test("the optimum of equal rewards keeps the reference's right answers at every lambda", async () => {
  const task = taskOf([8, 13, 26]);
  const points = await task.frontier!();
  const [reference, best] = [points[0], points.at(-1)!];
  assertAlmostEquals(Number(reference.klExact), 0, 1e-4);
  assertAlmostEquals(Number(best.reward), 1, 1e-3);
  for (const { answers, reward, right } of points) {
    assertAlmostEquals(Number(answers) / Number(reference.answers), 1, 1e-3);
    assertAlmostEquals(Number(right), Number(reward), 1e-5);
  }
  // 16 draws of 45, 75 and 3 right answers, about alike.
  const distinct = [45, 75, 3].map((n) => n * (1 - (1 - 1 / n) ** 16));
  assertAlmostEquals(
    Number(best.distinct16),
    distinct.reduce((a, b) => a + b) / 3,
    0.1,
  );
  task.dispose();
});

Deno.test("a policy that does not read the prompts is refused", async () => {
  const rough = await loadPretrained("language_rough");
  const asked = digitSumOf([26]);
  assertThrows(
    () => sumTask(sumReward(asked), rough, { name: "26", sums: asked }),
    RangeError,
    "language_sums",
  );
  tf.dispose(rough);
});

Deno.test("a flow of angles is the flow whose embeddings are their directions", async () => {
  const width = 8;
  const [quarter, eighth] = [Math.PI / 2, Math.PI / 4];
  const model = angleFlow({ angles: [0, quarter, eighth], width });
  const plain = mlpVelocity({ dim: 2, contexts: 3, width, depth: 3 });
  const { values } = await evaluate(() => {
    const params = model.init(keys([1, 2]));
    const { "context/angle": axes, ...rest } = params;
    const [x, y] = tf.split(axes, 2, 1);
    const diagonal = tf.mul(tf.add(x, y), Math.SQRT1_2);
    const embedding = tf.concat([x, y, diagonal], 1);
    const [xt, c] = [normal(keys([7, 8]), [6, 2]), tf.range(0, 3, 1, "int32")];
    const ids = tf.concat([c, c]);
    const time = tf.scalar(0.3);
    const by = plain.velocity(
      { ...rest, "context/embedding": embedding },
      xt,
      time,
      ids,
    );
    return tf.sub(model.velocity(params, xt, time, ids), by);
  });
  for (const value of values) assertAlmostEquals(value, 0, 1e-6);
});

const between = ringMixture(evenAngles(4, 0.5));

Deno.test("angles held out are measured as their own contexts, and the flow knows them", async () => {
  const before = tf.memory().numTensors;
  const reward = gradedReward(mixture);
  const heldOut = { mixture: between, reward: gradedReward(between) };
  const task = mixtureTask(reward, angles, { name: "angles", heldOut });
  const coefficient = tf.ones([1, 1, 1]);
  const values = await numbers(
    task.measure(angles, { coefficient, samples: 200, done: true }),
  );
  const alone = await numbers(evaluateMixture(angles, {
    ...heldOut,
    ...{ perContext: 200, exact: true },
  }));
  for (const [name, value] of Object.entries(alone)) {
    assertAlmostEquals(values[`${name}HeldOut`], value, 1e-5, name);
  }
  // It was pretrained on all eight: near the data at both kinds of angle.
  for (const suffix of ["", "HeldOut"]) {
    assert(values[`kl${suffix}`] < 0.2, `KL ${values[`kl${suffix}`]}`);
    assertAlmostEquals(values[`mode0${suffix}`], 0.268, 0.05);
    assertAlmostEquals(values[`reward${suffix}`], 0.5, 0.05);
  }
  assertEquals(task.policy.contexts, 4);
  coefficient.dispose();
  assertEquals(tf.memory().numTensors, before, "leaked");
});

Deno.test("a flow of named contexts knows no others", async () => {
  const named = await loadPretrained("mixture_flow");
  const heldOut = { mixture: between, reward: gradedReward(between) };
  const three = ringMixture(evenAngles(3));
  assertThrows(() => mixtureFlowOf(named, three), TypeError, "mixture_angles");
  assertThrows(
    () => mixtureTask(gradedReward(mixture), named, { name: "held", heldOut }),
    TypeError,
    "mixture_angles",
  );
  assertThrows(() => mixtureFlowOf(sums, mixture), TypeError, "input/kernel");
  tf.dispose(named);
});
