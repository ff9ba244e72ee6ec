import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { raftWeights } from "../../lib/losses/advantages.ts";
import { w2Penalty } from "../../lib/losses/divergences.ts";
import { flowMatchingLoss } from "../../lib/losses/objectives.ts";
import {
  adrpoFlowLoss,
  advantageFlowLoss,
  type FlowVelocities,
  orwCfmW2Loss,
  twoTerms,
} from "../../lib/losses/flow_losses.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { evaluate } from "../evaluate.ts";
import { assertGradient } from "../finite_differences.ts";
import { type FlowInputs, flowInputs } from "./flow_inputs.ts";

const valuesOf = async (result: () => Tensor) =>
  (await evaluate(result)).values;

async function assertClose(
  actual: () => Tensor,
  expected: () => Tensor,
  tolerance = 1e-5,
) {
  const [a, b] = [await evaluate(actual), await evaluate(expected)];
  assertEquals(a.shape, b.shape);
  a.values.forEach((value, i) =>
    assertAlmostEquals(value, b.values[i], tolerance * (1 + Math.abs(value)))
  );
}

/** Every method's loss with one coefficient, a number or a tensor. */
const methods: Record<
  string,
  (inputs: FlowInputs, coefficient: number | Tensor) => Tensor
> = {
  twoTerms: (v, beta) => twoTerms(v, { weight: v.advantages, beta }),
  orwCfmW2Loss: (v, beta) => orwCfmW2Loss(v, { tau: 0.7, beta }),
  "orwCfmW2Loss of tau": (v, tau) => orwCfmW2Loss(v, { tau, beta: 0.3 }),
  adrpoFlowLoss: (v, beta0) => adrpoFlowLoss(v, { beta0 }),
  advantageFlowLoss: (v, beta) => advantageFlowLoss(v, { beta }),
};

for (const [name, loss] of Object.entries(methods)) {
  Deno.test(`${name}: the gradient of every input is that of finite differences`, async () => {
    const inputs = tf.tidy(() => flowInputs([3], 2));
    for (const [input, value] of Object.entries(inputs)) {
      if (input === "rewards" && !name.startsWith("orw")) continue;
      if (input === "advantages" && name.startsWith("orw")) continue;
      await assertGradient(
        `${name} by ${input}`,
        (x) => loss({ ...inputs, [input]: x }, 0.6),
        value,
      );
    }
    const coefficient = tf.tensor1d([0.6]);
    await assertGradient(
      `${name} by its coefficient`,
      (x) => loss(inputs, x),
      coefficient,
    );
    tf.dispose([inputs, coefficient]);
  });

  Deno.test(`${name}: a population is its members, one by one`, async () => {
    const property = async (m: number, n: number, dim: number) => {
      const coefficients = [0.1, 0.5, 2].slice(0, m);
      const all = () => flowInputs([m, n], dim, n);
      const member = (i: number): FlowInputs => {
        const entries = Object.entries(all()).map((
          [key, value],
        ) => [key, tf.unstack(value)[i]]);
        return Object.fromEntries(entries);
      };
      const alone = () =>
        tf.stack(coefficients.map((value, i) => loss(member(i), value)));
      const column = () => tf.tensor2d(coefficients, [m, 1]);
      await assertClose(() => loss(all(), column()), alone);
      await assertClose(() => loss(all(), tf.tile(column(), [1, n])), alone);
    };
    const size = fc.integer({ min: 1, max: 3 });
    await fc.assert(fc.asyncProperty(size, size, size, property), {
      numRuns: 10,
    });
  });
}

Deno.test("the two terms have the gradients of finite differences", async () => {
  const { vt, ut, vRef } = tf.tidy(() => flowInputs([3], 2));
  await assertGradient("vt", (vt) => flowMatchingLoss({ vt, ut }), vt);
  await assertGradient("ut", (ut) => flowMatchingLoss({ vt, ut }), ut);
  await assertGradient("vt", (vt) => w2Penalty({ vt, vRef }), vt);
  await assertGradient("vRef", (vRef) => w2Penalty({ vt, vRef }), vRef);
  tf.dispose([vt, ut, vRef]);
});

/** Gradients for `vt`, `ut`, `vRef`, one after the other. */
const gradients = (
  loss: (velocities: FlowVelocities) => Tensor,
  { vt, ut, vRef }: FlowVelocities,
) =>
  tf.grads((vt: Tensor, ut: Tensor, vRef: Tensor) =>
    tf.sum(loss({ vt, ut, vRef }))
  )([vt, ut, vRef]);

Deno.test("a term of weight 0 has a gradient of exactly 0", async () => {
  const zeros = Array(6).fill(0);
  const inputs = () => flowInputs([3], 2);
  const of = (loss: (v: FlowVelocities) => Tensor, index: number) =>
    valuesOf(() => gradients(loss, inputs())[index]);
  const flat = (value: number) => tf.fill([3], value);

  // beta = 0 leaves the reference out.
  const rewards = () => flat(1);
  const unregularised = (v: FlowVelocities) =>
    orwCfmW2Loss({ ...v, rewards: rewards() }, { tau: 1, beta: 0 });
  assertEquals(await of(unregularised, 2), zeros);
  // A = 0 leaves the samples out, A = beta0 the reference.
  const adrpo = (advantage: number) => (v: FlowVelocities) =>
    adrpoFlowLoss({ ...v, advantages: flat(advantage) }, { beta0: 1 });
  assertEquals(await of(adrpo(0), 1), zeros);
  assertEquals(await of(adrpo(1), 2), zeros);
  assert((await of(adrpo(0.5), 1)).every((value) => value !== 0));
});

Deno.test("ORW-CFM-W2 with tau = 0 and beta = 0 is flow matching", async () => {
  const inputs = () => flowInputs([2, 5], 3);
  assertEquals(
    await valuesOf(() => orwCfmW2Loss(inputs(), { tau: 0, beta: 0 })),
    await valuesOf(() => flowMatchingLoss(inputs())),
  );
});

Deno.test("ORW-CFM-W2 at the reference is its reward-weighted term", async () => {
  await assertClose(
    () => {
      const { vt, ut, rewards } = flowInputs([4], 2);
      return orwCfmW2Loss({ vt, ut, vRef: vt, rewards }, { tau: 1, beta: 9 });
    },
    () => orwCfmW2Loss(flowInputs([4], 2), { tau: 1, beta: 0 }),
  );
});

Deno.test("advantages of 0 leave the W2 penalty, ADRPO's as a fixed one", async () => {
  const inputs = () => ({ ...flowInputs([4], 2), advantages: tf.zeros([4]) });
  const penalty = () => tf.mul(0.7, w2Penalty(inputs()));
  await assertClose(() => adrpoFlowLoss(inputs(), { beta0: 0.7 }), penalty);
  await assertClose(() => advantageFlowLoss(inputs(), { beta: 0.7 }), penalty);
});

Deno.test("RAFT that keeps all is flow matching", async () => {
  const inputs = () => flowInputs([2, 4], 2);
  const weight = () => raftWeights(inputs().rewards, { keep: 4 });
  await assertClose(
    () => twoTerms(inputs(), { weight: weight(), beta: 0 }),
    () => flowMatchingLoss(inputs()),
  );
});

/** `vRef + (A / beta0) (ut - vRef)`, ADRPO's target. */
const shiftedTarget = (
  { ut, vRef, advantages }: FlowInputs,
  beta0: number,
) =>
  tf.add(
    vRef,
    tf.mul(tf.expandDims(tf.div(advantages, beta0), -1), tf.sub(ut, vRef)),
  );

Deno.test("ADRPO-FM is regression on a shifted target, up to a constant", async () => {
  const property = async (seed: number, beta0: number) => {
    const inputs = () => flowInputs([4], 3, seed);
    const shifted = (vt: Tensor) => {
      const target = shiftedTarget(inputs(), beta0);
      return tf.mul(beta0, w2Penalty({ vt, vRef: target }));
    };
    const adrpo = (vt: Tensor) => adrpoFlowLoss({ ...inputs(), vt }, { beta0 });
    const gradient = (loss: (vt: Tensor) => Tensor) => () =>
      tf.grad((vt: Tensor) => tf.sum(loss(vt)))(inputs().vt);
    await assertClose(gradient(adrpo), gradient(shifted));
    // The difference does not depend on vt.
    const gap = (vt: Tensor) => tf.sub(adrpo(vt), shifted(vt));
    await assertClose(
      () => gap(inputs().vt),
      () => gap(flowInputs([4], 3, seed + 1).vt),
      1e-4,
    );
  };
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 1000 }),
      fc.double({ min: 0.2, max: 5, noNaN: true }),
      property,
    ),
    { numRuns: 20 },
  );
});

/** Second derivative for `vt` of a loss of one-dimensional events, at 0. */
async function curvature(loss: (vt: Tensor) => Tensor): Promise<number[]> {
  const at = (value: number) => valuesOf(() => loss(tf.fill([3, 1], value)));
  const [left, middle, right] = [await at(-1), await at(0), await at(1)];
  return middle.map((value, i) => left[i] - 2 * value + right[i]);
}

Deno.test("ADRPO's curvature is beta0 for every sample, the rival's A + beta", async () => {
  const inputs = () => ({
    ...flowInputs([3], 1),
    advantages: tf.tensor1d([-5, 0, 5]),
  });
  const adrpo = await curvature((vt) =>
    adrpoFlowLoss({ ...inputs(), vt }, { beta0: 2 })
  );
  // Of A v^2 + (2 - A) v^2: 2 * 2.
  adrpo.forEach((value) => assertAlmostEquals(value, 4, 1e-4));
  const weighted = await curvature((vt) =>
    advantageFlowLoss({ ...inputs(), vt }, { beta: 2 })
  );
  // Of A v^2 + 2 v^2: 2 * (-5 + 2), 2 * 2, 2 * (5 + 2).
  weighted.forEach((value, i) =>
    assertAlmostEquals(value, [-6, 4, 14][i], 1e-4)
  );
});

Deno.test("a bad sample drives advantage weighting away, ADRPO to its target", async () => {
  // u = 1, vRef = 0, A = -2, beta = beta0 = 1, from v = 0.
  const descend = (loss: (inputs: FlowInputs) => Tensor) =>
    valuesOf(() => {
      const inputs = {
        ut: tf.ones([1, 1]),
        vRef: tf.zeros([1, 1]),
        rewards: tf.zeros([1]),
        advantages: tf.tensor1d([-2]),
      };
      let vt: Tensor = tf.zeros([1, 1]);
      for (let step = 0; step < 60; step++) {
        const slope = tf.grad((vt: Tensor) => loss({ ...inputs, vt }))(vt);
        vt = tf.sub(vt, tf.mul(0.1, slope));
      }
      return vt;
    });
  const [weighted] = await descend((v) => advantageFlowLoss(v, { beta: 1 }));
  // -2 (v - 1)^2 + v^2: the distance to 2, its maximum, grows by 1.2 a step.
  assert(weighted < -1000, `${weighted}`);
  const [adrpo] = await descend((v) => adrpoFlowLoss(v, { beta0: 1 }));
  // 0 + (-2 / 1) (1 - 0): mirrored and twice as far from the bad sample.
  assertAlmostEquals(adrpo, -2, 1e-4);
});

Deno.test("advantage weighting with A > -beta has a minimum", async () => {
  const [curved] = await curvature((vt) =>
    advantageFlowLoss({
      ...flowInputs([3], 1),
      advantages: tf.fill([3], -0.9),
      vt,
    }, { beta: 1 })
  );
  assertAlmostEquals(curved, 0.2, 1e-4); // 2 * (-0.9 + 1)
});

Deno.test("RAFT's weights have no gradient", () => {
  const rewards = tf.tensor2d([[3, 1, 2]]);
  const through = tf.grad((r: Tensor) => tf.sum(raftWeights(r, { keep: 1 })));
  assertThrows(() => through(rewards), Error, "Cannot compute gradient");
  rewards.dispose();
});
