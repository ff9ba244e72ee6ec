import { assert, assertEquals } from "@std/assert";
import { showTexts } from "../../lib/experiments/mod.ts";
import { gpt } from "../../lib/models/gpt.ts";
import { mapParams } from "../../lib/models/params.ts";
import { tokenPolicy } from "../../lib/policies/tokens.ts";
import { keys } from "../../lib/tf/random.ts";
import { tf } from "../../lib/tf/backend.ts";

const model = gpt({
  ...{ vocabulary: 4, promptTokens: 2, length: 8, width: 4 },
  ...{ depth: 1, heads: 2 },
});

Deno.test("the texts of the asked members are shown, each beside its prompt and its reward, the same each time", async () => {
  const reference = model.init(keys([0]));
  const policy = tokenPolicy({
    ...{ model, reference },
    ...{ prompts: [[4, 5], [5, 1]], length: 6, stop: 2 },
  });
  const before = tf.memory().numTensors;
  const show = showTexts(
    {
      name: "letters 1",
      tokenizer: { decode: (ids) => ids.map((id) => "abcd"[id]).join("") },
      prompts: ["one", "two"],
      stop: [2],
    },
    (texts, prompts) =>
      texts.map((text, i) => text.length + (prompts[i] === "two" ? 0.5 : 0)),
    policy,
  );
  // Far from each other, and from even odds.
  const params = mapParams(
    reference,
    ({ shape: [, ...shape] }) =>
      tf.randomNormal([3, ...shape], 0, 2, "float32", 5),
  );
  const all = await show(params, [0, 1, 2], { done: false });
  assertEquals(all.map(({ member, prompt }) => [member, prompt]), [
    ...[[0, "one"], [0, "two"], [1, "one"], [1, "two"]],
    ...[[2, "one"], [2, "two"]],
  ]);
  for (const { prompt, answer, reward } of all) {
    assert(/^[abd]*$/.test(`${answer}`), `${answer}`);
    assertEquals(reward, `${answer}`.length + (prompt === "two" ? 0.5 : 0));
  }
  assert(new Set(all.map(({ answer }) => answer)).size > 2);
  // Alone, a member shows what it shows among others.
  assertEquals(await show(params, [2, 0], { done: true }), [
    ...all.slice(4),
    ...all.slice(0, 2),
  ]);
  tf.dispose(params);
  assertEquals(tf.memory().numTensors, before, "leaked");
  tf.dispose(reference);
});
