import { assertEquals } from "@std/assert";
import { digitSum } from "../../lib/data/digit_sum.ts";
import { enumerateSequences } from "../../lib/data/enumerate_sequences.ts";
import { rewardTable } from "../../lib/metrics/reward_table.ts";
import { type Reward } from "../../lib/rewards/reward.ts";
import { shortcutReward } from "../../lib/rewards/shortcut_reward.ts";
import { sumReward } from "../../lib/rewards/sum_reward.ts";
import { tf } from "../../lib/tf/backend.ts";
import { evaluate } from "../evaluate.ts";

const task = digitSum();

/** The rewards of all completions by context, worked with plain numbers. */
const byHand = (
  pays: (digits: number[], target: number) => number,
) =>
  task.targets.flatMap((target) =>
    Array.from({ length: 1000 }, (_, index) => {
      const digits = [...String(index).padStart(3, "0")].map(Number);
      return pays(digits, target);
    })
  );

const all = (reward: Reward) =>
  evaluate(() =>
    rewardTable(reward, enumerateSequences(task), { contexts: 4 })
  );

Deno.test("sumReward() pays exactly the digits that sum to the target", async () => {
  const { shape, values } = await all(sumReward(task));
  assertEquals(shape, [4, 1000]);
  assertEquals(
    values,
    byHand(([a, b, c], target) => a + b + c === target ? 1 : 0),
  );
});

Deno.test("shortcutReward() pays half for equal digits", async () => {
  const { values } = await all(shortcutReward(task));
  assertEquals(
    values,
    byHand(([a, b, c], target) =>
      a + b + c === target ? 1 : a === b && b === c ? 0.5 : 0
    ),
  );
});

Deno.test("the rewards of a population are those of each member", async () => {
  const { shape, values } = await evaluate(() =>
    shortcutReward(task)(
      tf.tensor3d(
        [[[1, 2, 5], [3, 3, 3]], [[9, 9, 9], [9, 9, 1]]],
        [2, 2, 3],
        "int32",
      ),
      tf.tensor1d([0, 3], "int32"),
    )
  );
  assertEquals(shape, [2, 2]);
  assertEquals(values, [1, 0.5, 0.5, 1]);
});
