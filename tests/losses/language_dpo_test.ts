import { assert, assertAlmostEquals, assertThrows } from "@std/assert";
import { dpoLoss } from "../../lib/losses/objectives.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { evaluate } from "../evaluate.ts";

const pair = (chosen: number, rejected: number) => ({
  chosen: tf.tensor1d([chosen]),
  rejected: tf.tensor1d([rejected]),
  chosenRef: tf.tensor1d([-5]),
  rejectedRef: tf.tensor1d([-5]),
});

Deno.test("dpoLoss() starts at log 2 with half of beta as its gradient", async () => {
  const { values: [loss] } = await evaluate(() =>
    dpoLoss(pair(-5, -5), { beta: 0.3 })
  );
  assertAlmostEquals(loss, Math.LN2, 1e-6);
  const { values: [grad] } = await evaluate(() => {
    const { chosen, ...rest } = pair(-5, -5);
    return tf.grad((chosen: Tensor) =>
      dpoLoss({ chosen, ...rest }, { beta: 0.3 })
    )(
      chosen,
    );
  });
  assertAlmostEquals(grad, -0.15, 1e-6);
});

Deno.test("dpoLoss() stays finite at margins of a thousand", async () => {
  const { values: [lost] } = await evaluate(() =>
    dpoLoss(pair(-1005, -5), { beta: 1 })
  );
  const { values: [won] } = await evaluate(() =>
    dpoLoss(pair(-5, -1005), { beta: 1 })
  );
  assertAlmostEquals(lost, 1000, 1e-3);
  assertAlmostEquals(won, 0, 1e-6);
});

Deno.test("dpoLoss() is least at the KL-regularised optimum of the rewards", async () => {
  // Four answers; every ordered pair, weighed by how often the first is preferred.
  const rewards = [1, 0.2, -0.5, 0];
  const beta = 0.4;
  const pairs = rewards.flatMap((_, i) => rewards.map((_, j) => [i, j]));
  const gradientAt = (tilt: number) =>
    evaluate(() => {
      const logpRef = tf.logSoftmax(tf.tensor1d([0.3, -1, 0, 0.8]));
      const pick = (values: Tensor, side: number) =>
        tf.dot(
          tf.tensor2d(
            pairs.map((p) => rewards.map((_, i) => i === p[side] ? 1 : 0)),
          ),
          values,
        );
      const preferred = tf.sigmoid(
        tf.sub(pick(tf.tensor1d(rewards), 0), pick(tf.tensor1d(rewards), 1)),
      );
      const at = tf.add(logpRef, tf.mul(tf.tensor1d(rewards), tilt));
      return tf.grad((logits: Tensor) => {
        const logp = tf.logSoftmax(logits);
        const loss = dpoLoss({
          chosen: pick(logp, 0),
          rejected: pick(logp, 1),
          chosenRef: pick(logpRef, 0),
          rejectedRef: pick(logpRef, 1),
        }, { beta });
        return tf.mean(tf.mul(preferred, loss));
      })(at);
    });
  for (const value of (await gradientAt(1 / beta)).values) {
    assertAlmostEquals(value, 0, 1e-6);
  }
  const elsewhere = await gradientAt(0);
  assert(elsewhere.values.some((value) => Math.abs(value) > 0.01));
});

Deno.test("dpoLoss() takes a beta for each member", async () => {
  const { values } = await evaluate(() => {
    const zeros = tf.zeros([2, 1]);
    return dpoLoss({
      chosen: tf.ones([2, 1]),
      rejected: zeros,
      chosenRef: zeros,
      rejectedRef: zeros,
    }, { beta: tf.tensor2d([[0], [2]]) });
  });
  assertAlmostEquals(values[0], Math.LN2, 1e-6);
  assertAlmostEquals(values[1], Math.log(1 + Math.exp(-2)), 1e-6);
});

Deno.test("dpoLoss() refuses other shapes and a negative beta", () => {
  const inputs = pair(-1, -2);
  const long = tf.zeros([2]);
  for (const name of Object.keys(inputs)) {
    assertThrows(
      () => dpoLoss({ ...inputs, [name]: long }, { beta: 1 }),
      TypeError,
      "of the shape of chosen",
    );
  }
  assertThrows(() => dpoLoss(inputs, { beta: -1 }), RangeError, "-1");
  assertThrows(() => dpoLoss(inputs, { beta: long }), TypeError, "beta");
  tf.dispose([inputs, long]);
});
