import { assertAlmostEquals, assertEquals } from "@std/assert";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { evenReward } from "../../lib/rewards/even_reward.ts";
import { evaluate } from "../evaluate.ts";

Deno.test("the even classes' probabilities are added", async () => {
  const { shape, values: [a, b] } = await evaluate(() =>
    // Pictures that are their own logits, [2, 1, 3].
    evenReward((x) => x)(
      tf.tensor3d([[[Math.log(1), Math.log(2), Math.log(5)]], [[0, 80, 0]]]),
      tf.zeros([1], "int32"),
    )
  );
  assertEquals(shape, [2, 1]);
  assertAlmostEquals(a, (1 + 5) / 8, 1e-6);
  assertAlmostEquals(b, 0, 1e-6);
});

Deno.test("an undecided classifier pays one half, and the gradient reaches the pictures", async () => {
  const weights = tf.tensor2d([[1, -1, 0, 0]]);
  const reward = evenReward((x: Tensor) => tf.matMul(x, weights));
  const c = tf.zeros([1], "int32");
  const { value, grad } = tf.valueAndGrad((x: Tensor) => tf.sum(reward(x, c)))(
    tf.tensor2d([[0]]),
  );
  assertAlmostEquals((await value.data())[0], 0.5, 1e-6);
  // r = (e^x + 1) / (e^x + e^-x + 2), whose slope at 0 is (1 * 4 - 2 * 0) / 16.
  assertAlmostEquals((await grad.data())[0], 0.25, 1e-6);
  tf.dispose([weights, c, value, grad]);
});
