import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { completionLogits } from "../../lib/models/completion_logits.ts";
import { gpt } from "../../lib/models/gpt.ts";
import { tokenLogProbs } from "../../lib/models/token_log_probs.ts";
import { tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import { evaluate } from "../evaluate.ts";

const model = gpt({
  vocabulary: 5,
  promptTokens: 2,
  length: 4,
  width: 8,
  depth: 2,
  heads: 2,
});
const params = () => model.init(keys([1, 2, 3]));

Deno.test("completionLogits() has the logits of each place in its row", async () => {
  const prompts = [[6, 5], [5, 5]];
  const completions = [[[1, 3], [0, 2]], [[4, 4], [2, 1]], [[3, 0], [1, 1]]];
  const actual = await evaluate(() =>
    completionLogits(model, {
      params: params(),
      prompts: tf.tensor2d(prompts, [2, 2], "int32"),
      completions: tf.tensor3d(completions, [3, 2, 2], "int32"),
    })
  );
  const expected = await evaluate(() => {
    const whole = completions.map((member) =>
      member.map((row, i) => [...prompts[i], ...row])
    );
    // After the prompt's last token comes the first of the completion.
    return tf.slice(
      model.logits(params(), tf.tensor3d(whole, [3, 2, 4], "int32")),
      [0, 0, 1, 0],
      [3, 2, 2, 5],
    );
  });
  assertEquals(actual.shape, expected.shape);
  actual.values.forEach((value, i) =>
    assertAlmostEquals(value, expected.values[i], 1e-5)
  );
});

Deno.test("completionLogits() takes completions of one token", async () => {
  const { shape } = await evaluate(() =>
    completionLogits(model, {
      params: params(),
      prompts: tf.tensor2d([[5]], [1, 1], "int32"),
      completions: tf.zeros([3, 1, 1], "int32"),
    })
  );
  assertEquals(shape, [3, 1, 1, 5]);
});

Deno.test("completionLogits() and tokenLogProbs() refuse what does not fit", () => {
  const start = params();
  const prompts = tf.zeros([2, 1], "int32");
  const completions = tf.zeros([3, 3, 2], "int32");
  assertThrows(
    () => completionLogits(model, { params: start, prompts, completions }),
    TypeError,
    "[3,3,2]",
  );
  const logits = tf.zeros([2, 1, 5]);
  assertThrows(
    () => tokenLogProbs({ logits, tokens: completions }),
    TypeError,
    "tokens",
  );
  const floats = tf.zeros([2, 1]);
  assertThrows(
    () => tokenLogProbs({ logits, tokens: floats }),
    TypeError,
    "int32",
  );
  tf.dispose([start, prompts, completions, logits, floats]);
});

Deno.test("tokenLogProbs() of what is no token is NaN, of what is impossible -Infinity", async () => {
  const { values } = await evaluate(() =>
    tokenLogProbs({
      logits: tf.tensor2d(Array(5).fill([0, -Infinity, 0])),
      tokens: tf.tensor1d([0, 1, -100, 3, -1], "int32"),
    })
  );
  assertAlmostEquals(values[0], -Math.log(2), 1e-6);
  assertEquals(values.slice(1), [-Infinity, NaN, NaN, NaN]);
});
