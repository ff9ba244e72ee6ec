import { assertAlmostEquals, assertEquals } from "@std/assert";
import { selfAttention } from "../../lib/models/attention.ts";
import { tf } from "../../lib/tf/backend.ts";

const eye = () => tf.reshape(tf.eye(2), [1, 2, 2]);

Deno.test("selfAttention() agrees with two tokens worked by hand", async () => {
  const mixed = tf.tidy(() =>
    selfAttention(
      tf.tensor3d([[[1, 0], [0, 2]]]),
      { query: eye(), key: eye(), value: eye(), merge: eye() },
      { tokens: 2, heads: 1 },
    )
  );
  // scores / sqrt(2): token 1: (1, 0) / 1.414214; token 2: (0, 4) / 1.414214
  // softmax: (0.669762, 0.330238) and (0.055807, 0.944193)
  // times the values (1, 0) and (0, 2)
  const expected = [0.669762, 0.660477, 0.055807, 1.888386];
  (await mixed.data()).forEach((value, i) =>
    assertAlmostEquals(value, expected[i], 1e-5)
  );
  mixed.dispose();
});

Deno.test("selfAttention() of heads of size 1 attends in each feature alone", async () => {
  const mixed = tf.tidy(() =>
    selfAttention(
      tf.tensor3d([[[1, 0], [0, 2]]]),
      { query: eye(), key: eye(), value: eye(), merge: eye() },
      { tokens: 2, heads: 2 },
    )
  );
  // feature 1, token 1: softmax(1, 0) = (0.731059, 0.268941) over the values (1, 0)
  // feature 2, token 1: softmax(0, 0) = (0.5, 0.5) over (0, 2)
  // feature 1, token 2: softmax(0, 0) over (1, 0)
  // feature 2, token 2: softmax(0, 4) = (0.017986, 0.982014) over (0, 2)
  const expected = [0.731059, 1, 0.5, 1.964028];
  (await mixed.data()).forEach((value, i) =>
    assertAlmostEquals(value, expected[i], 1e-5)
  );
  mixed.dispose();
});

Deno.test("selfAttention() keeps the tokens of a sample to themselves", async () => {
  const weights = { query: eye(), key: eye(), value: eye(), merge: eye() };
  const [both, alone] = tf.tidy(() => {
    const first = tf.tensor3d([[[1, 0], [0, 2]]]);
    const second = tf.tensor3d([[[5, -3], [2, 2]]]);
    const options = { tokens: 2, heads: 1 };
    return [
      tf.slice(
        selfAttention(tf.concat([first, second], 1), weights, options),
        [0, 2],
      ),
      selfAttention(second, weights, options),
    ];
  });
  const expected = await alone.data();
  (await both.data()).forEach((value, i) =>
    assertAlmostEquals(value, expected[i], 1e-6)
  );
  tf.dispose([weights, both, alone]);
});

Deno.test("selfAttention() leaks no tensor", () => {
  const weights = { query: eye(), key: eye(), value: eye(), merge: eye() };
  const h = tf.ones([1, 4, 2]);
  const before = tf.memory().numTensors;
  const mixed = selfAttention(h, weights, { tokens: 2, heads: 1 });
  assertEquals(tf.memory().numTensors, before + 1);
  tf.dispose([weights, h, mixed]);
});
