import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { contextIds } from "../../lib/data/context_ids.ts";
import { type HostReward } from "../../lib/experiments/mod.ts";
import { tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import { listPrompts, promptText } from "../../lib/tracks/list_prompts.ts";
import { openListsTask, readWordLists } from "../../lib/tracks/open_lists.ts";
import { withSpeller } from "./with_speller.ts";

const right = (lists: Record<string, string[]>, at: number) => {
  const { category, examples } = listPrompts[at];
  return lists[category].filter((word) => !examples.includes(word));
};

Deno.test("every list of the track has words, none twice, and its examples are of its category", async () => {
  const lists = await readWordLists();
  for (const { category, examples, title } of listPrompts) {
    const words = lists[category];
    assert(words.length >= 30, `${category}: ${words.length}`);
    assertEquals(new Set(words).size, words.length, category);
    assert(examples.every((word) => words.includes(word)), title);
  }
  const categories = (heldOut: boolean) =>
    listPrompts.filter((prompt) => !!prompt.heldOut === heldOut)
      .map(({ category }) => category);
  const known = categories(false);
  assertEquals(categories(true).filter((one) => known.includes(one)).length, 2);
});

Deno.test("the reward of open lists is 1 for a right word on a line of its own, and 0 for an example or another word", async () => {
  await withSpeller(async (model) => {
    const lists = await readWordLists();
    const task = await openListsTask(model);
    const [cow, dog, axe] = [" cow\n", " dog\n", " axe\n"].map((text) =>
      model.tokenizer!.encode(`${text}\n`).slice(0, 6)
    );
    assert(right(lists, 0).includes("cow"));
    const answers = tf.tensor3d([[cow, dog, axe]], undefined, "int32");
    const c = tf.zeros([3], "int32");
    const reward = await (task.reward as HostReward).score(answers, c);
    assertEquals(await reward.array(), [[1, 0, 0]]);
    task.dispose();
    tf.dispose([answers, c, reward]);
  });
});

Deno.test("measures of open lists are those of every right word read alone", async () => {
  await withSpeller(async (model) => {
    const lists = await readWordLists();
    const task = await openListsTask(model);
    const params = task.policy.init(1);
    const coefficient = tf.zeros([1, 1, 1]);
    const at = { coefficient, samples: 1, done: true };
    const columns = task.measure(params, at);
    const shares: number[] = [];
    for (const [i, prompt] of listPrompts.entries()) {
      if (prompt.heldOut) continue;
      let share = 0;
      for (const word of right(lists, i)) {
        const read = model.tokenizer!.encode(`${promptText(prompt)} ${word}\n`);
        const tokens = tf.tensor2d([read], undefined, "int32");
        const logp = model.tokenLogProbs(tokens);
        const values = [...await logp.data()].slice(-word.length - 2);
        share += Math.exp(values.reduce((a, b) => a + b));
        tf.dispose([tokens, logp]);
      }
      shares.push(share);
    }
    const expected = shares.reduce((a, b) => a + b) / shares.length;
    const [got] = await columns.reward.data();
    assertAlmostEquals(got / expected, 1, 1e-3);
    const c = contextIds(task.policy.contexts, 2);
    assertEquals(c.shape, [12]);
    const drawn = tf.tidy(() =>
      task.policy.draw(params, { keys: keys([1]), perContext: 2 }).answers
    );
    assertEquals(drawn.shape, [1, 12, 6]);
    task.dispose();
    tf.dispose([params, coefficient, { ...columns }, c, drawn]);
  });
});
