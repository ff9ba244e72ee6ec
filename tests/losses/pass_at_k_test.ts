import {
  groupAdvantages,
  maxRlAdvantages,
  passAtKAdvantages,
} from "../../lib/losses/mod.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { evaluate } from "../evaluate.ts";
import { assertRefused, assertValues, two } from "./assert_values.ts";

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

Deno.test("advantages of groups refuse what does not fit", () => {
  assertRefused(
    () => passAtKAdvantages(two(), { k: 3, right: 1 }),
    "Expected k to be an integer from 1 to 2, got 3",
  );
  assertRefused(
    () => maxRlAdvantages(tf.scalar(1) as Tensor, { epsilon: 1 }),
    "Expected rewards of shape [..., K], got []",
  );
});
