import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import {
  diverseAdvantages,
  groupAdvantages,
  highestTokens,
  jensenShannon,
  klExact,
  klForward,
  leaveOneOutAdvantages,
  matchingSurrogate,
  maxRlAdvantages,
  mistrusted,
  modeAnchoredRewards,
  negativeAwareLoss,
  passAtKAdvantages,
  tokenCovariances,
  trajectoryBalanceLoss,
} from "../../lib/losses/mod.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { evaluate } from "../evaluate.ts";
import { assertGradient } from "../finite_differences.ts";

async function assertValues(
  actual: () => Tensor,
  expected: readonly number[],
  off = 1e-5,
): Promise<void> {
  const { values } = await evaluate(actual);
  assertEquals(values.length, expected.length);
  values.forEach((value, i) => assertAlmostEquals(value, expected[i], off));
}

Deno.test("negativeAwareLoss() agrees with two samples worked by hand", async () => {
  // Steps of 2 (1 - 3) = -4 and 2 (0 - 1) = -2 from vOld.
  await assertValues(() =>
    negativeAwareLoss({
      vt: tf.tensor2d([[1], [0]]),
      ut: tf.tensor2d([[0], [1]]),
      vOld: tf.tensor2d([[3], [1]]),
      optimality: tf.tensor1d([0.75, 0]),
    }, { beta: 2 }), [
    (0.75 * (-1) ** 2 + 0.25 * 7 ** 2) / 2,
    (3 - 1) ** 2 / 2,
  ]);
});

Deno.test("matchingSurrogate() agrees with samples worked by hand", async () => {
  await assertValues(() =>
    matchingSurrogate({
      vt: tf.tensor2d([[1, 0], [3, 0], [1, 0]]),
      ut: tf.tensor2d([[1, 0], [1, 0], [1, 0]]),
      vOld: tf.tensor2d([[3, 0], [1, 0], [3, 0]]),
      advantages: tf.tensor1d([2, 2, -2]),
    }, { epsilon: 0.5 }), [
    -2 * 1.5, // e^2 counts as 1.5
    -2 * Math.exp(-2),
    2 * Math.exp(2), // a bad sample that came nearer counts in full
  ], 1e-4);
});

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

Deno.test("passAtKAdvantages() are those of all groups of k, one by one", async () => {
  // Of ten pairs among five, seven hold one of the two right ones.
  const spread = Math.sqrt(0.7 * 0.3);
  await assertValues(
    () => passAtKAdvantages(tf.tensor2d([[1, 0, 2, 0, 0]]), { k: 2, right: 1 }),
    [1, 0, 1, 0, 0].map((right) => ((right ? 1 : 2 / 4) - 0.7) / spread),
  );
  // Nothing is right, all is, and no pair fails.
  for (const group of [[0, 0, 0], [1, 1, 1], [1, 1, 0]]) {
    await assertValues(
      () => passAtKAdvantages(tf.tensor2d([group]), { k: 2, right: 1 }),
      [0, 0, 0],
    );
  }
});

Deno.test("at k = 1 they are GRPO's, but for its sample's standard deviation", async () => {
  const rewards = () => tf.tensor2d([[1, 0, 0, 1, 0, 0, 0, 0]]) as Tensor;
  const { values } = await evaluate(() =>
    tf.mul(groupAdvantages(rewards(), { epsilon: 1e-7 }), Math.sqrt(8 / 7))
  );
  await assertValues(
    () => passAtKAdvantages(rewards(), { k: 1, right: 1 }),
    values,
  );
});

Deno.test("maxRlAdvantages() are in units of the group's success", async () => {
  await assertValues(
    () =>
      maxRlAdvantages(tf.tensor2d([[1, 0, 0, 0], [1, 1, 1, 0], [0, 0, 0, 0]]), {
        epsilon: 1e-6,
      }),
    [3, -1, -1, -1, 1 / 3, 1 / 3, 1 / 3, -1, 0, 0, 0, 0],
    1e-4,
  );
});

const logits = () => tf.tensor2d([[1, 0, -2], [0.5, 0.1, 0]]) as Tensor;
const logitsRef = () => tf.tensor2d([[-1, 0.5, 0], [0.5, 0.1, 0]]) as Tensor;

Deno.test("klForward() is the KL the other way round, jensenShannon() is symmetric", async () => {
  const { values } = await evaluate(() =>
    klExact({ logits: logitsRef(), logitsRef: logits() })
  );
  await assertValues(
    () => klForward({ logits: logits(), logitsRef: logitsRef() }),
    values,
  );
  const js = () => jensenShannon({ logits: logits(), logitsRef: logitsRef() });
  const { values: same } = await evaluate(() =>
    jensenShannon({ logits: logitsRef(), logitsRef: logits() })
  );
  await assertValues(js, same);
  assertAlmostEquals(same[1], 0, 1e-6);
  assert(same[0] > 0 && same[0] < Math.LN2);
});

Deno.test("klForward() and jensenShannon() of half against quarters, by hand", async () => {
  const half = () => tf.log(tf.tensor2d([[0.5, 0.5]])) as Tensor;
  const quarters = () => tf.log(tf.tensor2d([[0.25, 0.75]])) as Tensor;
  const both = () => ({ logits: quarters(), logitsRef: half() });
  await assertValues(() => klForward(both()), [0.5 * Math.log(4 / 3)]);
  const to = (p: number[], m: number[]) =>
    p.reduce((sum, x, i) => sum + x * Math.log(x / m[i]), 0);
  const middle = [0.375, 0.625];
  await assertValues(() => jensenShannon(both()), [
    (to([0.25, 0.75], middle) + to([0.5, 0.5], middle)) / 2,
  ]);
});

Deno.test("what is impossible under both adds nothing, in value and in slope", async () => {
  const masked = (values: number[]) =>
    tf.tensor2d([[...values, -Infinity]]) as Tensor;
  for (const divergence of [klForward, jensenShannon]) {
    const { values } = await evaluate(() =>
      divergence({ logits: masked([1, 0]), logitsRef: masked([0, 0]) })
    );
    await assertValues(() =>
      divergence({
        logits: tf.tensor2d([[1, 0]]),
        logitsRef: tf.tensor2d([[0, 0]]),
      }), values);
    const { values: slopes } = await evaluate(() =>
      tf.grad((logits: Tensor) =>
        tf.sum(divergence({ logits, logitsRef: masked([0, 0]) }))
      )(masked([1, 0]))
    );
    assert(slopes.every(Number.isFinite), `${slopes}`);
    assertEquals(slopes[2], 0);
  }
});

Deno.test("the losses of the rivals have the slopes of central differences", async () => {
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
  const policy = logits();
  await assertGradient(
    "forward KL",
    (logits) => klForward({ logits, logitsRef: logitsRef() }),
    policy,
  );
  await assertGradient(
    "JS",
    (logits) => jensenShannon({ logits, logitsRef: logitsRef() }),
    policy,
  );
  tf.dispose([at, policy]);
});

Deno.test("the losses of the rivals refuse what does not fit", () => {
  const refuse = (make: () => unknown, message: string) =>
    assertThrows(() => tf.tidy(() => (make(), tf.scalar(0))), Error, message);
  const [two, three] = [() => tf.ones([1, 2]) as Tensor, () => tf.ones([1, 3])];
  refuse(
    () =>
      negativeAwareLoss({
        vt: two(),
        ut: two(),
        vOld: two(),
        optimality: three() as Tensor,
      }, { beta: 1 }),
    "optimality",
  );
  refuse(
    () =>
      matchingSurrogate({
        vt: two(),
        ut: two(),
        vOld: two(),
        advantages: tf.ones([1]),
      }, { epsilon: 0 }),
    "epsilon",
  );
  refuse(
    () =>
      tokenCovariances({
        logp: two(),
        advantages: tf.ones([1]),
        mask: three() as Tensor,
      }),
    "mask",
  );
  refuse(
    () =>
      highestTokens(two(), {
        allowed: three() as Tensor,
        count: tf.ones([1]),
      }),
    "allowed",
  );
  refuse(
    () =>
      modeAnchoredRewards(
        { rewards: two(), logpRef: three() as Tensor },
        { beta: 1, threshold: 1 },
      ),
    "logpRef",
  );
  refuse(
    () =>
      trajectoryBalanceLoss({
        logp: tf.ones([2, 1]),
        logpRef: tf.ones([2, 1]),
        rewards: tf.ones([2, 1]),
      }, { beta: 1 }),
    "K at least 2",
  );
  refuse(
    () => passAtKAdvantages(two(), { k: 3, right: 1 }),
    "Expected k to be an integer from 1 to 2, got 3",
  );
  refuse(
    () => maxRlAdvantages(tf.scalar(1) as Tensor, { epsilon: 1 }),
    "Expected rewards of shape [..., K], got []",
  );
  refuse(
    () => klForward({ logits: two(), logitsRef: three() as Tensor }),
    "logitsRef",
  );
  refuse(
    () => jensenShannon({ logits: two(), logitsRef: three() as Tensor }),
    "logitsRef",
  );
});

Deno.test("diverseAdvantages() raise good answers that are alone, and no bad ones", async () => {
  const line = [0, 1, 1.5, 10];
  const distances = () =>
    tf.tensor2d(line.map((a) => line.map((b) => Math.abs(a - b)))) as Tensor;
  // The nearest are 1, 0.5, 0.5 and 8.5, of mean 2.625.
  await assertValues(
    () => diverseAdvantages(tf.tensor1d([1, -1, 2, 3]), distances()),
    [1 / 2.625, -1, 2 * 0.5 / 2.625, 3 * 8.5 / 2.625],
  );
  await assertValues(
    () => diverseAdvantages(tf.tensor1d([1, -1]), tf.zeros([2, 2])),
    [1, -1],
  );
});

Deno.test("mistrusted() are the answers that the reward ranks highest above the judge", async () => {
  const values = () => ({
    // Ranks 3, 2, 1, 0 and 0, 3, 1, 2; a second member agrees.
    rewards: tf.tensor2d([[4, 3, 2, 1], [1, 2, 3, 4]]) as Tensor,
    judged: tf.tensor2d([[1, 8, 2, 4], [2, 4, 6, 8]]) as Tensor,
  });
  await assertValues(() => mistrusted(values(), { share: 1 }), [
    ...[1, 0, 0, 0],
    ...[0, 0, 0, 0],
  ]);
  await assertValues(
    () => mistrusted(values(), { share: 0.5 }),
    Array(8).fill(0),
  );
  // Equal rewards share a rank: the judge's worst of them is above it.
  await assertValues(() =>
    mistrusted({
      rewards: tf.tensor2d([[1, 1, 1, 0]]),
      judged: tf.tensor2d([[1, 2, 3, 0]]),
    }, { share: 1 }), [1, 0, 0, 0]);
});

Deno.test("the parts of GARDO refuse what does not fit", () => {
  for (
    const make of [
      () => diverseAdvantages(tf.ones([2, 3]), tf.ones([2, 3, 2])),
      () => diverseAdvantages(tf.ones([1]), tf.ones([1, 1])),
      () =>
        mistrusted(
          { rewards: tf.ones([1, 2]), judged: tf.ones([1, 3]) },
          { share: 1 },
        ),
    ]
  ) {
    assertThrows(() => tf.tidy(() => (make(), tf.scalar(0))), TypeError);
  }
});
