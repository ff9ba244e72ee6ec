import {
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { completionLogits } from "../../lib/models/completion_logits.ts";
import { gpt } from "../../lib/models/gpt.ts";
import { countParams } from "../../lib/models/params.ts";
import { tokenLogProbs } from "../../lib/models/token_log_probs.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys, normal } from "../../lib/tf/random.ts";
import { adamUpdate, initAdam } from "../../lib/train/adam.ts";
import { valueAndGrads } from "../../lib/train/value_and_grads.ts";
import { evaluate } from "../evaluate.ts";

const options = {
  vocabulary: 5,
  promptTokens: 2,
  length: 4,
  width: 8,
  depth: 2,
  heads: 2,
};
const model = gpt(options);

/** Two samples for each of three members, of the four tokens that it can read. */
const rows = [
  [[5, 0, 1, 4], [6, 3, 3, 2]],
  [[5, 2, 2, 2], [6, 0, 1, 0]],
  [[6, 4, 3, 1], [5, 1, 0, 3]],
];
const tokens = () => tf.tensor3d(rows, [3, 2, 4], "int32");
const params = () => model.init(keys([1, 2, 3]));

async function assertClose(
  actual: () => Tensor,
  expected: () => Tensor,
  tolerance = 1e-5,
) {
  const [a, b] = [await evaluate(actual), await evaluate(expected)];
  assertEquals(a.shape, b.shape);
  a.values.forEach((value, i) =>
    assertAlmostEquals(value, b.values[i], tolerance)
  );
}

Deno.test("gpt() with its cache is gpt() without, however the tokens are cut", async () => {
  for (const cuts of [[1, 1, 1, 1], [2, 1, 1], [1, 3], [3, 1]]) {
    await assertClose(
      () => {
        const start = params();
        let cache = model.emptyCache(6, 4);
        const parts = tf.split(tokens(), cuts, 2).map((part) => {
          const read = model.extend(start, part, cache);
          cache = read.cache;
          return read.logits;
        });
        return tf.concat(parts, 2);
      },
      () => model.logits(params(), tokens()),
    );
  }
});

Deno.test("gpt() computes a member as if it were alone", async () => {
  await assertClose(
    () => tf.slice(model.logits(params(), tokens()), [1], [1]),
    () => model.logits(model.init(keys([2])), tf.slice(tokens(), [1], [1])),
  );
});

Deno.test("gpt() computes a sample as if it were alone", async () => {
  const second = (x: Tensor) => tf.slice(x, [0, 1], [3, 1]);
  await assertClose(
    () => second(model.logits(params(), tokens())),
    () => model.logits(params(), second(tokens())),
  );
});

Deno.test("gpt() never looks ahead: later tokens change no earlier logits", async () => {
  const logits = async (last: number) => {
    const changed = rows.map((member) =>
      member.map((row) => [...row.slice(0, 2), last, last])
    );
    const { values } = await evaluate(() =>
      model.logits(params(), tf.tensor3d(changed, [3, 2, 4], "int32"))
    );
    // [3, 2, 4, 5]: two places of five logits before the change, two after it.
    const places = (from: number) =>
      Array.from(
        { length: 6 },
        (_, row) => values.slice(20 * row + from, 20 * row + from + 10),
      );
    return { before: places(0), after: places(10) };
  };
  const [a, b] = [await logits(0), await logits(4)];
  assertEquals(a.before, b.before);
  assertNotEquals(a.after, b.after);
});

Deno.test("gpt() tells apart the order of the tokens before", async () => {
  const logits = async (row: number[]) => {
    const { values } = await evaluate(() =>
      model.logits(
        model.init(keys([1])),
        tf.tensor3d([[row]], [1, 1, 3], "int32"),
      )
    );
    return values.slice(-5);
  };
  assertNotEquals(await logits([1, 3, 2]), await logits([3, 1, 2]));
});

Deno.test("gpt() starts near uniform", async () => {
  const { values } = await evaluate(() =>
    tf.softmax(model.logits(params(), tokens()))
  );
  for (const value of values) assertAlmostEquals(value, 1 / 5, 0.1);
});

Deno.test("gpt() has the gradient of finite differences", async () => {
  const start = model.init(keys([4]));
  const directions = tf.tidy(() =>
    Object.fromEntries(
      Object.entries(start).map(([name, { shape }]) => [
        name,
        tf.reshape(normal(keys([name.length]), shape), shape),
      ]),
    )
  );
  const input = tf.tensor3d([rows[0]], [1, 2, 4], "int32");
  const loss = (at: Record<string, Tensor>) =>
    tf.tidy(() => tf.mean(tf.square(model.logits(at, input)), [1, 2, 3]));
  const { losses, grads } = valueAndGrads(start, loss);
  for (const name of Object.keys(start)) {
    const step = 5e-3;
    const shifted = (sign: number) =>
      evaluate(() =>
        loss({
          ...start,
          [name]: tf.add(start[name], tf.mul(directions[name], sign * step)),
        })
      );
    const [up, down] = [await shifted(1), await shifted(-1)];
    const { values: [slope] } = await evaluate(() =>
      tf.sum(tf.mul(grads[name], directions[name]))
    );
    const expected = (up.values[0] - down.values[0]) / (2 * step);
    assertAlmostEquals(slope, expected, 2e-3 + 0.02 * Math.abs(expected), name);
  }
  tf.dispose([start, directions, input, losses, grads]);
});

Deno.test("gpt() learns a sequence by heart, every parameter moving", async () => {
  const start = model.init(keys([1]));
  const prompts = tf.tensor2d([[5], [6]], [2, 1], "int32");
  const completions = tf.tensor3d(
    [[[0, 1, 4], [3, 3, 2]]],
    [1, 2, 3],
    "int32",
  );
  let state = { params: start, adam: initAdam(start) };
  for (let i = 0; i < 60; i++) {
    const next = tf.tidy(() => {
      const { grads } = valueAndGrads(state.params, (params) => {
        const logits = completionLogits(model, {
          params,
          prompts,
          completions,
        });
        const logp = tokenLogProbs({ logits, tokens: completions });
        return tf.neg(tf.mean(logp, [1, 2]));
      });
      const { params, adam } = adamUpdate({ ...state, grads }, {
        learningRate: 0.02,
        clipNorm: 1,
      });
      return { params, adam };
    });
    if (state.params !== start) tf.dispose(state);
    else tf.dispose(state.adam);
    state = next;
  }
  const { values } = await evaluate(() =>
    tf.exp(
      tokenLogProbs({
        logits: completionLogits(model, {
          params: state.params,
          prompts,
          completions,
        }),
        tokens: completions,
      }),
    )
  );
  for (const p of values) assertAlmostEquals(p, 1, 0.05);
  for (const name of Object.keys(start)) {
    assertNotEquals(
      await state.params[name].array(),
      await start[name].array(),
      name,
    );
  }
  tf.dispose([start, prompts, completions, state]);
});

Deno.test("gpt() counts the parameters of its size", () => {
  const start = params();
  // 7 tokens and 4 positions of 8, 2 blocks of 4 + 2 * 2 squares, 5 outputs.
  assertEquals(countParams(start), (7 + 4) * 8 + 2 * 8 * 64 + 8 * 5);
  tf.dispose(start);
});

Deno.test("gpt() refuses sizes and tokens that do not fit", () => {
  assertThrows(() => gpt({ ...options, heads: 3 }), RangeError, "heads");
  assertThrows(() => gpt({ ...options, width: 0 }), RangeError, "width");
  const start = params();
  const refuses = (
    input: Tensor,
    type: typeof TypeError | typeof RangeError,
    message: string,
  ) => {
    assertThrows(() => model.logits(start, input), type, message);
    input.dispose();
  };
  refuses(tf.zeros([3, 2, 5], "int32"), RangeError, "at most 4 tokens, got 5");
  refuses(tf.zeros([3, 2, 4]), TypeError, "float32");
  refuses(tf.zeros([2, 2, 4], "int32"), TypeError, "[2,2,4]");
  refuses(tf.zeros([3, 4], "int32"), TypeError, "[3,4]");
  const cache = model.emptyCache(6, 1);
  const more = tf.zeros([3, 2, 2], "int32");
  assertThrows(() => model.extend(start, more, cache), RangeError, "got 2");
  assertThrows(() => model.emptyCache(6, 5), RangeError, "got 5");
  const single = tf.zeros([3, 1, 1], "int32");
  for (const wrong of [cache, {}]) {
    assertThrows(
      () => model.extend(start, single, wrong),
      TypeError,
      "a cache of 3 sequences, got " + (wrong === cache ? "6" : "none"),
    );
  }
  single.dispose();
  assertThrows(() => model.emptyCache(0, 1), RangeError, "sequences");
  tf.dispose([start, cache, more]);
});
