import {
  diverseAdvantages,
  matchingSurrogate,
  mistrusted,
  negativeAwareLoss,
} from "../../lib/losses/mod.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { assertRefused, assertValues, three, two } from "./assert_values.ts";

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

Deno.test("the losses of flow rivals refuse what does not fit", () => {
  assertRefused(
    () =>
      negativeAwareLoss({
        vt: two(),
        ut: two(),
        vOld: two(),
        optimality: three(),
      }, { beta: 1 }),
    "optimality",
  );
  assertRefused(
    () =>
      matchingSurrogate({
        vt: two(),
        ut: two(),
        vOld: two(),
        advantages: tf.ones([1]),
      }, { epsilon: 0 }),
    "epsilon",
  );
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
    assertRefused(make, "", TypeError);
  }
});
