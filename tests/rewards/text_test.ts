import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { textReward } from "../../lib/experiments/text_reward.ts";
import {
  exactAnswer,
  matches,
  type TextReward,
  wordList,
} from "../../lib/rewards/text.ts";
import { tf } from "../../lib/tf/backend.ts";

Deno.test("a word of the list counts once: not where it stands in the prompt, not as a part", async () => {
  const reward = wordList(["Cow", "ox", "sea lion"]);
  const prompt = "Animals:\n- a cow\n- a fox\n-";
  const texts = [" cow", "OX ", "sea lion", "", "fox", "o x"];
  assertEquals(
    await reward(texts, texts.map(() => prompt)),
    [0, 1, 1, 0, 0, 0],
  );
  assertThrows(() => wordList([]), RangeError, "got none");
  // It would be looked for without an end.
  assertThrows(() => wordList(["ox", " "]), RangeError, "got an empty one");
});

Deno.test("exact answers and expressions", async () => {
  const first = exactAnswer((prompt) => [prompt[0], prompt.slice(0, 2)]);
  assertEquals(
    await first([" a ", "ab", "b", "A"], ["abc", "abc", "abc", "abc"]),
    [1, 1, 0, 0],
  );
  const digits = matches(/^\d+$/);
  assertEquals(await digits(["12", "12", "a1"], ["", "", ""]), [1, 1, 0]);
  assertThrows(() => matches(/a/g), RangeError, "/a/g");
});

const letters = {
  decode: (ids: readonly number[]) =>
    ids.map((id) => String.fromCharCode(97 + id)).join(""),
};
const score = async (
  reward: TextReward,
  rows: number[][][],
  stop?: number[],
) => {
  const before = tf.memory().numTensors;
  const [answers, c] = [
    tf.tensor3d(rows, undefined, "int32"),
    tf.tensor1d(rows[0].map((_, i) => i % 2), "int32"),
  ];
  const texts = { name: "letters 1", tokenizer: letters, stop };
  try {
    const rewards = await textReward(
      { ...texts, prompts: ["one", "two"] },
      reward,
    ).score(answers, c);
    const values = await rewards.array();
    rewards.dispose();
    return values;
  } finally {
    tf.dispose([answers, c]);
    assertEquals(tf.memory().numTensors, before, "leaked");
  }
};
const rows = [[[0, 1, 2], [2, 2, 0]], [[1, 0, 0], [0, 0, 3]]];

Deno.test("answers are scored as texts, up to their stop token, beside their own prompts", async () => {
  const seen: unknown[] = [];
  const rewards = await score(
    (texts, prompts) => {
      seen.push(texts, prompts);
      return Promise.resolve(texts.map((_, i) => i));
    },
    rows,
    [2, 3],
  );
  assertEquals(rewards, [[0, 1], [2, 3]]);
  assertEquals(seen, [["ab", "", "baa", "aa"], ["one", "two", "one", "two"]]);
});

Deno.test("a reward that fails, or gives what is no number, names the sample", async () => {
  const throws: TextReward = (texts) =>
    texts.map((text) => {
      if (text === "baa") throw new Error("the judge sleeps");
      return 1;
    });
  await assertRejects(
    () => score(throws, rows),
    Error,
    'The reward "letters 1" failed for "baa" after "one": Error: the judge sleeps',
  );
  await assertRejects(
    () => score((texts) => texts.map((t) => t === "cca" ? NaN : 1), rows),
    RangeError,
    'a finite number for "cca" after "two", got NaN',
  );
  await assertRejects(() => score(() => [1], rows), TypeError, "4 scores");
  const moody: TextReward = (texts) => {
    if (texts.length > 1) throw new Error("too many");
    return [1];
  };
  await assertRejects(
    () => score(moody, rows),
    Error,
    "failed: Error: too many",
  );
});
