import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  adrpoFlow,
  advantageFlow,
  flippedBeta,
  type Method,
  orwCfmW2,
  raft,
  shuffledBeta,
  symmetricClip,
  twoTermFlow,
  unsignedBeta,
  upperClip,
} from "../../lib/experiments/methods.ts";
import { type FlowVelocities } from "../../lib/losses/regularised.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys, normal } from "../../lib/tf/random.ts";
import { evaluate } from "../evaluate.ts";

const shape = [2, 3, 4]; // members, contexts, samples of each
const draw = (seed: number, shape: number[]) =>
  tf.squeeze(normal(keys([seed]), shape), [0]);
const rewards = () => draw(0, shape);
const velocities = (): FlowVelocities => ({
  vt: draw(1, [...shape, 2]),
  ut: draw(2, [...shape, 2]),
  vRef: draw(3, [...shape, 2]),
});

const valuesOf = async (result: () => Tensor) =>
  (await evaluate(result)).values;
const lossOf = (method: () => Method) => () =>
  method()(rewards())(velocities());

async function assertSame(actual: () => Method, expected: () => Method) {
  const [a, b] = [
    await evaluate(lossOf(actual)),
    await evaluate(lossOf(expected)),
  ];
  assertEquals(a.shape, shape);
  assertEquals(b.shape, shape);
  a.values.forEach((value, i) => assertAlmostEquals(value, b.values[i], 1e-5));
}

Deno.test("a method weighs the samples against those of their own prompt", async () => {
  // One member, two prompts: rewards 0, 2 and 10, 14; advantages -1, 1 and -2, 2.
  // At vt = 0, ut = 1, vRef = 2 the terms are 1 and 4.
  const flat = (value: number) => tf.fill([1, 2, 2, 1], value);
  const at = (method: Method) =>
    valuesOf(() =>
      method(tf.tensor3d([[[0, 2], [10, 14]]]))({
        vt: flat(0),
        ut: flat(1),
        vRef: flat(2),
      })
    );
  // A + (3 - A) 4
  assertEquals(await at(adrpoFlow({ beta0: 3 })), [15, 9, 18, 6]);
  // A + 3 * 4
  assertEquals(await at(advantageFlow({ beta: 3 })), [11, 13, 10, 14]);
  // 2, 0 for the better, the worse; + 3 * 4
  assertEquals(await at(raft({ keep: 1, beta: 3 })), [12, 14, 12, 14]);
  // e^0 + 3 * 4
  assertEquals(await at(orwCfmW2({ tau: 0, beta: 3 })), [13, 13, 13, 13]);
});

Deno.test("twoTermFlow() of A and beta0 - A is ADRPO", async () => {
  await assertSame(
    () =>
      twoTermFlow({
        weight: (advantages) => advantages,
        beta: (advantages) => tf.sub(0.5, advantages),
      }),
    () => adrpoFlow({ beta0: 0.5 }),
  );
});

Deno.test("RAFT that keeps all is ORW-CFM-W2 with tau = 0", async () => {
  await assertSame(
    () => raft({ keep: 4, beta: 0.3 }),
    () => orwCfmW2({ tau: 0, beta: 0.3 }),
  );
});

Deno.test("a wide clip leaves ADRPO as it is, a clip to 0 the W2 penalty alone", async () => {
  const limits = (value: number) => tf.fill([2, 1, 1], value);
  for (const clip of [symmetricClip, upperClip]) {
    await assertSame(
      () => adrpoFlow({ beta0: 0.5, clip: clip(limits(100)) }),
      () => adrpoFlow({ beta0: 0.5 }),
    );
  }
  await assertSame(
    () => adrpoFlow({ beta0: 0.5, clip: symmetricClip(limits(0)) }),
    () =>
      twoTermFlow({ weight: tf.zerosLike, beta: (a) => tf.fill(a.shape, 0.5) }),
  );
});

Deno.test("clips limit each member by its own coefficient", async () => {
  const advantages = () => tf.tensor3d([[[-3, 0, 3]], [[-3, 0, 3]]]);
  const limit = () => tf.tensor3d([[[1]], [[2]]]);
  assertEquals(
    await valuesOf(() => symmetricClip(limit())(advantages())),
    [-1, 0, 1, -2, 0, 2],
  );
  assertEquals(
    await valuesOf(() => upperClip(limit())(advantages())),
    [-3, 0, 1, -3, 0, 2],
  );
});

Deno.test("the controls' coefficients", async () => {
  const advantages = () => tf.tensor3d([[[-2, 0, 2], [1, -1, 0]]]);
  const of = (beta: (advantages: Tensor) => Tensor) =>
    valuesOf(() => beta(advantages()));
  assertEquals(await of(flippedBeta(3)), [1, 3, 5, 4, 2, 3]);
  assertEquals(await of(unsignedBeta(3)), [5, 3, 5, 4, 4, 3]);
  // 3 - A of the next of the prompt; the last takes the first's.
  assertEquals(await of(shuffledBeta(3)), [3, 1, 5, 4, 3, 2]);
});

Deno.test("members of a population do not meet", async () => {
  // Another reward of the second member changes nothing of the first.
  const beta = () => tf.tensor3d([[[0.5]], [[2]]]);
  const methods: (() => Method)[] = [
    () => orwCfmW2({ tau: 1, beta: beta() }),
    () => advantageFlow({ beta: beta() }),
    () => raft({ keep: 2, beta: beta() }),
    () => adrpoFlow({ beta0: beta() }),
    () => twoTermFlow({ weight: tf.neg, beta: shuffledBeta(beta()) }),
  ];
  for (const method of methods) {
    const losses = (factor: number) =>
      valuesOf(() => {
        const factors = tf.tensor3d([[[1]], [[factor]]]);
        return method()(tf.mul(rewards(), factors))(velocities());
      });
    const [plain, other] = [await losses(1), await losses(-1)];
    assertEquals(other.slice(0, 12), plain.slice(0, 12));
    assert(other.slice(12).some((value, i) => value !== plain[12 + i]));
  }
});
