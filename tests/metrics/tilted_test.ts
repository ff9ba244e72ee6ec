import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { tf } from "../../lib/tf/backend.ts";
import { type Mixture, ringMixture } from "../../lib/data/mixture.ts";
import {
  blindGradedReward,
  gradedReward,
} from "../../lib/rewards/graded_reward.ts";
import { plateauReward } from "../../lib/rewards/plateau_reward.ts";
import { type Reward } from "../../lib/rewards/reward.ts";
import { tiltedFrontier } from "../../lib/metrics/tilted_frontier.ts";
import { tiltedModeShares } from "../../lib/metrics/tilted_mode_shares.ts";

const ring = ringMixture();
const normalAtOrigin: Mixture = { means: [[0, 0]], std: 1, weights: [[1]] };
/** The first coordinate: a Gaussian tilted by it is the same Gaussian, moved. */
const firstCoordinate: Reward = (x) =>
  tf.squeeze(tf.slice(x, [0, 0, 0], [-1, -1, 1]), [2]);

Deno.test("a normal tilted by a coordinate is the normal moved by 1 / lambda", async () => {
  // p ∝ exp(-x^2 / 2 + x / lambda) = N(1 / lambda, 1): E[r] = 1 / lambda, KL =
  // 1 / (2 lambda^2).
  const rows = await tiltedFrontier(normalAtOrigin, firstCoordinate, {
    lambdas: [Infinity, 4, 1, 0.5],
  });
  for (const { lambda, reward, kl, modeEntropy } of rows) {
    assertAlmostEquals(reward, 1 / lambda, 1e-4);
    assertAlmostEquals(kl, 1 / (2 * lambda ** 2), 1e-4);
    assertEquals(modeEntropy, 0);
  }
});

Deno.test("lambda = Infinity is the reference: no KL, its reward and mode entropy", async () => {
  const [row] = await tiltedFrontier(ring, blindGradedReward(ring), {
    lambdas: [Infinity],
  });
  assertEquals(row.lambda, Infinity);
  assertAlmostEquals(row.kl, 0, 1e-5);
  // The best mode is at 90 degrees to the favoured one: the mean of 1 + cos over
  // a symmetric distribution, halved.
  assertAlmostEquals(row.reward, 0.5, 1e-4);
  const entropy = -ring.weights[0].reduce((h, w) => h + w * Math.log(w), 0);
  // exp(-3^2 / 2) of the data lie beyond three std of their mode; the grid's cells
  // blur that edge a little.
  const onData = 1 - Math.exp(-9 / 2);
  assertAlmostEquals(row.modeEntropy, onData * entropy, 3e-3);
});

Deno.test("lambda -> 0 is the best mode alone: KL = -log of its share", async () => {
  const [row] = await tiltedFrontier(ring, blindGradedReward(ring), {
    lambdas: [0.01],
  });
  assertAlmostEquals(row.reward, 1, 1e-3);
  assertAlmostEquals(row.modeEntropy, 0, 1e-3);
  assertAlmostEquals(row.kl, -Math.log(ring.weights[0][2]), 0.02);
});

Deno.test("the plateau's limit keeps its three modes in the reference's proportion", async () => {
  const shares = tiltedModeShares(ring, plateauReward(ring), [0, 20]);
  const [start, end] = await shares.array() as number[][][];
  const atEnd = end[0].reduce((a, b) => a + b);
  const good = [1, 4, 6].map((k) => ring.weights[0][k]);
  const total = good.reduce((a, b) => a + b);
  const onManifold = 1 - Math.exp(-4.5);
  for (const [i, k] of [1, 4, 6].entries()) {
    assertAlmostEquals(start[0][k], good[i] * onManifold, 2e-3);
    assertAlmostEquals(end[0][k] / atEnd, good[i] / total, 2e-3);
  }
  shares.dispose();
});

Deno.test("along the frontier all figures move one way, and the slope is lambda", async () => {
  const lambdas = Array.from({ length: 25 }, (_, i) => 2 * 0.9 ** i);
  const rows = await tiltedFrontier(ring, gradedReward(ring), { lambdas });
  for (let i = 1; i < rows.length; i++) {
    const [before, after] = [rows[i - 1], rows[i]];
    assert(after.reward > before.reward);
    assert(after.kl > before.kl);
    assert(after.modeEntropy < before.modeEntropy);
    // The chord's slope lies between the slopes at its ends.
    const slope = (after.reward - before.reward) / (after.kl - before.kl);
    assert(slope > after.lambda * 0.999 && slope < before.lambda * 1.001);
  }
});

Deno.test("a finer grid changes nothing", async () => {
  const lambdas = [1, 0.2, 0.05];
  const [coarse, fine] = await Promise.all(
    [0.05, 0.03].map((cell) =>
      tiltedFrontier(ring, gradedReward(ring), { lambdas, cell })
    ),
  );
  for (const [i, row] of coarse.entries()) {
    assertAlmostEquals(row.reward, fine[i].reward, 1e-4);
    assertAlmostEquals(row.kl, fine[i].kl, 1e-4);
    assertAlmostEquals(row.modeEntropy, fine[i].modeEntropy, 2e-3);
  }
});

Deno.test("n tau of refreshed weighting is the frontier at lambda = 1 / (n tau)", async () => {
  const shares = tiltedModeShares(ring, gradedReward(ring), [4]);
  const perContext = (await shares.array() as number[][][])[0];
  const entropy = perContext.map((context) => {
    const total = context.reduce((a, b) => a + b);
    return -context.reduce((h, s) => h + s * Math.log(s / total), 0);
  }).reduce((a, b) => a + b) / 4;
  const [row] = await tiltedFrontier(ring, gradedReward(ring), {
    lambdas: [0.25],
  });
  assertAlmostEquals(row.modeEntropy, entropy, 1e-4);
  shares.dispose();
});

Deno.test("the frontier leaks nothing and refuses impossible values", async () => {
  const before = tf.memory().numTensors;
  const reward = gradedReward(ring);
  await tiltedFrontier(ring, reward, { lambdas: [1, 2] });
  tiltedModeShares(ring, reward, [1]).dispose();
  assertEquals(tf.memory().numTensors, before);
  for (const lambda of [0, -1, NaN]) {
    await assertRejects(
      () => tiltedFrontier(ring, reward, { lambdas: [1, lambda] }),
      RangeError,
      `got ${lambda}`,
    );
  }
  await assertRejects(
    () => tiltedFrontier(ring, reward, { lambdas: [1], cell: 0 }),
    RangeError,
    "cell",
  );
  for (const nTau of [-1, Infinity, NaN]) {
    assertThrows(
      () => tiltedModeShares(ring, reward, [nTau]),
      RangeError,
      `got ${nTau}`,
    );
  }
});

Deno.test("a reward of the wrong shape is named, with what was expected", async () => {
  const scalar: Reward = (x) => tf.sum(x);
  await assertRejects(
    () => tiltedFrontier(normalAtOrigin, scalar, { lambdas: [1], cell: 8 }),
    TypeError,
    "reward to return float32 [1,25] for x1 [1,25,2], got float32 []",
  );
});
