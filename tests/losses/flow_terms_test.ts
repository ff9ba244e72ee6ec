import { assertAlmostEquals, assertEquals } from "@std/assert";
import { raftWeights, rewardWeights } from "../../lib/losses/advantages.ts";
import { w2Penalty } from "../../lib/losses/divergences.ts";
import { flowMatchingLoss } from "../../lib/losses/objectives.ts";
import { adaptiveBeta } from "../../lib/losses/regularised.ts";
import {
  adrpoFlowLoss,
  advantageFlowLoss,
  orwCfmW2Loss,
  twoTerms,
} from "../../lib/losses/flow_losses.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { evaluate } from "../evaluate.ts";

// Two samples of D = 2.
const vt = () => tf.tensor2d([[1, 2], [0, -1]]);
const ut = () => tf.tensor2d([[0, 2], [2, 1]]);
const vRef = () => tf.tensor2d([[1, 0], [0, 1]]);
const velocities = () => ({ vt: vt(), ut: ut(), vRef: vRef() });

async function assertValues(actual: () => Tensor, expected: number[]) {
  const { shape, values } = await evaluate(actual);
  assertEquals(shape, [expected.length]);
  values.forEach((value, i) => assertAlmostEquals(value, expected[i], 1e-6));
}

Deno.test("flowMatchingLoss() is the mean of squares, sample by sample", async () => {
  await assertValues(() => flowMatchingLoss({ vt: vt(), ut: ut() }), [
    (1 + 0) / 2, // [1 - 0, 2 - 2]
    (4 + 4) / 2, // [0 - 2, -1 - 1]
  ]);
});

Deno.test("w2Penalty() is the mean of squares to the reference", async () => {
  await assertValues(() => w2Penalty({ vt: vt(), vRef: vRef() }), [
    (0 + 4) / 2, // [1 - 1, 2 - 0]
    (0 + 4) / 2, // [0 - 0, -1 - 1]
  ]);
});

Deno.test("twoTerms() weighs its two terms", async () => {
  const weight = () => tf.tensor1d([3, -1]);
  await assertValues(
    () => twoTerms(velocities(), { weight: weight(), beta: 2 }),
    [3 * 0.5 + 2 * 2, -1 * 4 + 2 * 2],
  );
});

Deno.test("rewardWeights() are exponential in the reward", async () => {
  const rewards = () => tf.tensor1d([0, 2, -2]);
  await assertValues(
    () => rewardWeights(rewards(), { tau: 0.5 }),
    [1, 2.7182818, 0.3678794], // e^0, e^1, e^-1
  );
  await assertValues(() => rewardWeights(rewards(), { tau: 0 }), [1, 1, 1]);
});

Deno.test("orwCfmW2Loss() agrees with two samples worked by hand", async () => {
  await assertValues(
    () =>
      orwCfmW2Loss(
        { ...velocities(), rewards: tf.tensor1d([Math.LN2, 0]) },
        { tau: 1, beta: 0.5 },
      ),
    [2 * 0.5 + 0.5 * 2, 1 * 4 + 0.5 * 2],
  );
});

Deno.test("adaptiveBeta() is large for bad samples and may be negative", async () => {
  const advantages = () => tf.tensor1d([-1, 0, 2]);
  await assertValues(
    () => adaptiveBeta(advantages(), { beta0: 0.5 }),
    [1.5, 0.5, -1.5],
  );
});

Deno.test("adrpoFlowLoss() agrees with two samples worked by hand", async () => {
  await assertValues(
    () =>
      adrpoFlowLoss(
        { ...velocities(), advantages: tf.tensor1d([0.5, -0.5]) },
        { beta0: 1 },
      ),
    [0.5 * 0.5 + (1 - 0.5) * 2, -0.5 * 4 + (1 + 0.5) * 2],
  );
});

Deno.test("advantageFlowLoss() agrees with two samples worked by hand", async () => {
  await assertValues(
    () =>
      advantageFlowLoss(
        { ...velocities(), advantages: tf.tensor1d([0.5, -0.5]) },
        { beta: 1 },
      ),
    [0.5 * 0.5 + 1 * 2, -0.5 * 4 + 1 * 2],
  );
});

Deno.test("raftWeights() keep the best of each group, the first of equals", async () => {
  const weights = (rewards: number[][], keep: number) =>
    evaluate(() => raftWeights(tf.tensor2d(rewards), { keep }));
  const two = [[0, 5, 1, 4], [-1, -1, -1, -2]];
  assertEquals((await weights(two, 1)).values, [0, 4, 0, 0, 4, 0, 0, 0]);
  assertEquals((await weights(two, 2)).values, [0, 2, 0, 2, 2, 2, 0, 0]);
  assertEquals((await weights(two, 4)).values, Array(8).fill(1));
  assertEquals((await weights([[3], [4]], 1)).values, [1, 1]);
});

Deno.test("raftWeights() of a population are those of its members", async () => {
  const rewards = [[[1, 2, 3], [3, 2, 1]], [[0, 9, 0], [9, 0, 9]]];
  const { shape, values } = await evaluate(() =>
    raftWeights(tf.tensor3d(rewards), { keep: 1 })
  );
  assertEquals(shape, [2, 2, 3]);
  assertEquals(values, [0, 0, 3, 3, 0, 0, 0, 3, 0, 3, 0, 0]);
});
