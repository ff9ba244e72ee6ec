import { assert, assertAlmostEquals } from "@std/assert";
import {
  highestTokens,
  leaveOneOutAdvantages,
  modeAnchoredRewards,
  tokenCovariances,
  trajectoryBalanceLoss,
} from "../../lib/losses/mod.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { evaluate } from "../evaluate.ts";
import { assertGradient } from "../finite_differences.ts";
import { assertRefused, assertValues, three, two } from "./assert_values.ts";

Deno.test("tokenCovariances() leave padding out, member by member", async () => {
  // Of the first member only -1, -2 and -6 count, with advantages 1, 1 and -2.
  await assertValues(
    () =>
      tokenCovariances({
        logp: tf.tensor3d([[[-1, -2], [-6, 50]], [[0, 0], [0, 0]]]),
        advantages: tf.tensor2d([[1, -2], [1, -1]]),
        mask: tf.tensor3d([[[1, 1], [1, 0]], [[1, 1], [1, 1]]]),
      }),
    [2, 1, 6, -106, 0, 0, 0, 0],
  );
});

Deno.test("highestTokens() are so many of each member, the first of equals", async () => {
  const chosen = (count: number[]) => () =>
    highestTokens(tf.tensor3d([[[5, 5], [5, 9]], [[-1, -3], [-2, 0]]]), {
      allowed: tf.tensor3d([[[1, 1], [1, 0]], [[1, 1], [1, 1]]]),
      count: tf.tensor1d(count),
    });
  await assertValues(chosen([2, 1]), [1, 1, 0, 0, 0, 0, 0, 1]);
  await assertValues(chosen([0, 3]), [0, 0, 0, 0, 1, 0, 1, 1]);
  await assertValues(chosen([9, 9]), [1, 1, 1, 0, 1, 1, 1, 1]);
});

Deno.test("modeAnchoredRewards() raise good answers that are seldom, and no others", async () => {
  const at = (rewards: number[], logpRef: number[]) => () =>
    modeAnchoredRewards({
      rewards: tf.tensor2d([rewards]),
      logpRef: tf.tensor2d([logpRef]),
    }, { beta: 2, threshold: 0.9 });
  // The anchor is the third, of reward 0.9: the reference likes it best.
  await assertValues(at([1, 0.5, 0.9], [-3, -1, -2]), [2.9, 0.5, 0.9]);
  await assertValues(at([0.1, 0.5, 0], [-3, -1, -2]), [0.1, 0.5, 0]);
});

Deno.test("under mode-anchored rewards the KL-regularised optimum is flat over good answers", async () => {
  const logpRef = [0.5, 0.05, 0.15, 0.3].map(Math.log);
  const beta = 0.2;
  const { values: raised } = await evaluate(() =>
    modeAnchoredRewards({
      rewards: tf.tensor2d([[1, 1, 1, 0]]),
      logpRef: tf.tensor2d([logpRef]),
    }, { beta, threshold: 1 })
  );
  const weights = raised.map((r, i) => Math.exp(logpRef[i] + r / beta));
  for (const weight of weights.slice(0, 3)) {
    assertAlmostEquals(weight / weights[0], 1, 1e-5);
  }
  assert(weights[3] < 0.01 * weights[0]);
});

Deno.test("trajectoryBalanceLoss() is 0 at the optimum, whatever its normaliser", async () => {
  const logpRef = [-1, -2, -4];
  const rewards = [0, 1, 0.5];
  const optimum = logpRef.map((x, i) => x + rewards[i] / 0.3 - 7);
  const at = (logp: number[]) => () =>
    trajectoryBalanceLoss({
      logp: tf.tensor2d([logp]),
      logpRef: tf.tensor2d([logpRef]),
      rewards: tf.tensor2d([rewards]),
    }, { beta: 0.3 });
  await assertValues(at(optimum), [0, 0, 0]);
  // d is 1, 0, 0 beyond the optimum: 0.15 * 3 / 2 of 4/9, 1/9 and 1/9.
  await assertValues(at(optimum.with(0, optimum[0] + 1)), [0.1, 0.025, 0.025]);
});

Deno.test("on its own answers, trajectory balance has the gradient of KL-regularised reward", async () => {
  const logp = [-1, -3, -2, -2.5];
  const logpRef = [-2, -1, -2, -3];
  const rewards = [1, 0, 0.25, 0];
  const row = (values: number[]) => tf.tensor2d([values]) as Tensor;
  const beta = 0.4;
  const { values: slopes } = await evaluate(() =>
    tf.grad((logp: Tensor) =>
      tf.sum(trajectoryBalanceLoss({
        logp,
        logpRef: row(logpRef),
        rewards: row(rewards),
      }, { beta }))
    )(row(logp))
  );
  // REINFORCE with a leave-one-out baseline, on beta k1 - r.
  await assertValues(() => {
    const k1 = tf.sub(row(logp), row(logpRef));
    return leaveOneOutAdvantages(tf.sub(tf.mul(beta, k1), row(rewards)));
  }, slopes);
});

Deno.test("trajectory balance has the slope of central differences", async () => {
  const own = [
    () => tf.tensor2d([[-1, -2, -0.5]]) as Tensor,
    () => tf.tensor2d([[-1.5, -1, -1]]) as Tensor,
    () => tf.tensor2d([[0, 1, 0.5]]) as Tensor,
  ];
  const at = own[0]();
  await assertGradient("trajectory balance", (logp) =>
    trajectoryBalanceLoss(
      { logp, logpRef: own[1](), rewards: own[2]() },
      { beta: 0.5 },
    ), at);
  at.dispose();
});

Deno.test("the losses of language rivals refuse what does not fit", () => {
  assertRefused(
    () =>
      tokenCovariances({
        logp: two(),
        advantages: tf.ones([1]),
        mask: three(),
      }),
    "mask",
  );
  assertRefused(
    () =>
      highestTokens(two(), {
        allowed: three(),
        count: tf.ones([1]),
      }),
    "allowed",
  );
  assertRefused(
    () =>
      modeAnchoredRewards(
        { rewards: two(), logpRef: three() },
        { beta: 1, threshold: 1 },
      ),
    "logpRef",
  );
  assertRefused(
    () =>
      trajectoryBalanceLoss({
        logp: tf.ones([2, 1]),
        logpRef: tf.ones([2, 1]),
        rewards: tf.ones([2, 1]),
      }, { beta: 1 }),
    "K at least 2",
  );
});
