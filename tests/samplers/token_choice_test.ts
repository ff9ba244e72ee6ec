import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import { tokenLogProbs } from "../../lib/models/token_log_probs.ts";
import { greedy } from "../../lib/samplers/greedy.ts";
import { temperature } from "../../lib/samplers/temperature.ts";
import { topK } from "../../lib/samplers/top_k.ts";
import { topP } from "../../lib/samplers/top_p.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { evaluate } from "../evaluate.ts";

Deno.test("the choices keep as many tokens as they say, the lower of equals", async () => {
  const kept = async (choice: (logits: Tensor) => Tensor, p: number[]) => {
    const { values } = await evaluate(() =>
      tf.softmax(choice(tf.log(tf.tensor1d(p))))
    );
    return values.map((value) => value > 0 ? 1 : 0);
  };
  const even = [0.25, 0.25, 0.25, 0.25];
  assertEquals(await kept(topK(2), even), [1, 1, 0, 0]);
  assertEquals(await kept(topK(9), even), [1, 1, 1, 1]);
  assertEquals(await kept(greedy, even), [1, 0, 0, 0]);
  assertEquals(await kept(topP(0.6), even), [1, 1, 1, 0]);
  assertEquals(await kept(topP(1), even), [1, 1, 1, 1]);
  assertEquals(await kept(topP(0.65), [0.1, 0.2, 0.3, 0.4]), [0, 0, 1, 1]);
});

Deno.test("the gradient of a choice reaches the kept logits alone", async () => {
  const gradient = (choice: (logits: Tensor) => Tensor) =>
    evaluate(() =>
      tf.grad((x: Tensor) =>
        tokenLogProbs({
          logits: tf.expandDims(choice(x), 0),
          tokens: tf.tensor1d([1], "int32"),
        })
      )(tf.log(tf.tensor1d([0.1, 0.6, 0.3])))
    );
  // Kept: 0.6 and 0.3, that is 2/3 and 1/3; d log p_1 = 1 - 2/3 and -1/3.
  for (const choice of [topK(2), topP(0.8)]) {
    const { values } = await gradient(choice);
    [0, 1 / 3, -1 / 3].forEach((expected, i) =>
      assertAlmostEquals(values[i], expected, 1e-6)
    );
  }
});

Deno.test("the choices refuse what is out of range", () => {
  assertThrows(() => temperature(0), RangeError, "0");
  assertThrows(() => topK(1.5), RangeError, "1.5");
  assertThrows(() => topP(0), RangeError, "0");
  assertThrows(() => topP(1.1), RangeError, "1.1");
});

Deno.test("topP() is right at the edges of float32", async () => {
  const kept = async (p: number, logits: number[]) => {
    const { values } = await evaluate(() => topP(p)(tf.tensor1d(logits)));
    return values.map((value) => value > -1e9 ? 1 : 0);
  };
  // The likeliest has all of the mass but 1e-8: float32 sees 1.
  assertEquals(await kept(1, [20, 0, 0, 1]), [1, 1, 1, 1]);
  assertEquals(await kept(1, [0, -300]), [1, 1]);
  // Of the rest, 9.7e-9, the last token has 5.6e-9 and each 0 has 2.1e-9.
  assertEquals(await kept(1 - 3e-9, [20, 0, 0, 1]), [1, 1, 0, 1]);
  // k tokens of 1/10 each have a mass of k / 10, not a rounding more or less.
  for (let k = 1; k < 10; k++) {
    const expected = Array.from({ length: 10 }, (_, i) => i < k ? 1 : 0);
    assertEquals(await kept(k / 10, Array(10).fill(0.3)), expected, `${k}`);
  }
});

Deno.test("the choices keep a NaN, and leave other rows alone", async () => {
  for (const choice of [topK(1), topP(0.5), greedy, temperature(1)]) {
    const { values } = await evaluate(() =>
      tf.max(tf.softmax(choice(tf.tensor2d([[0, NaN, 5], [0, 1, 5]]))), -1)
    );
    assertEquals(values[0], NaN);
    assert(values[1] > 0.9);
  }
});
