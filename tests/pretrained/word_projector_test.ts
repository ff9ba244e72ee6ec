import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { ctcLoss } from "../../lib/losses/ctc.ts";
import { heardWords } from "../../lib/pretrained/sound/heard_words.ts";
import { wordProjector } from "../../lib/pretrained/sound/word_projector.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { foldIn, keys, normal, uniform } from "../../lib/tf/random.ts";
import { fit } from "../../lib/train/fit.ts";
import { maxDifference } from "./max_difference.ts";

const sizes = { inputs: 3, stack: 2, hidden: 16, outputs: 8 };

Deno.test("a word's logit is 20 times the cosine to its embedding, member by member", async () => {
  const projector = wordProjector(sizes);
  const params = tf.tidy(() => projector.init(keys([1, 2])));
  const [states, words] = tf.tidy(() => [
    tf.reshape(normal(keys([3]), [2, 4, 3]), [2, 4, 3]),
    tf.reshape(normal(keys([4]), [5, 8]), [5, 8]),
  ]);
  const logits = projector.logits(params, states, words);
  assertEquals(logits.shape, [2, 2, 2, 6]);
  const longer = tf.mul(words, 7);
  const same = projector.logits(params, states, longer);
  assert(await maxDifference(logits, same) < 1e-4);
  // By hand: the second frame of the first clip, the second member, the third word.
  const [x] = (await states.array() as number[][][]).map((
    clip,
  ) => [...clip[2], ...clip[3]]);
  const of = async (name: string) =>
    (await params[name].array() as number[][][])[1];
  const [up, [bias], down] = [
    await of("up/kernel"),
    await of("up/bias"),
    await of("down/kernel"),
  ];
  const h = bias.map((b, j) =>
    b + x.reduce((sum, value, i) => sum + value * up[i][j], 0)
  )
    .map((value) => value / (1 + Math.exp(-value)));
  const p = Array.from(
    { length: 8 },
    (_, j) => h.reduce((sum, value, i) => sum + value * down[i][j], 0),
  );
  const e = (await words.array() as number[][])[2];
  const dot = (a: number[], b: number[]) =>
    a.reduce((sum, value, i) => sum + value * b[i], 0);
  const cosine = dot(p, e) / Math.sqrt(dot(p, p) * dot(e, e));
  assertAlmostEquals(
    (await logits.array() as number[][][][])[1][0][1][3],
    20 * cosine,
    1e-3,
  );
  tf.dispose([params, states, words, logits, longer, same]);
});

Deno.test("aligned by CTC, a projector hears words that it was never told the times of", async () => {
  const projector = wordProjector(sizes);
  const words = tf.tidy(() => tf.reshape(normal(keys([5]), [3, 8]), [3, 8]));
  /** Two of three words, each two frames of its own feature, amid silence. */
  const clips = (keys: Tensor) => {
    const draw = uniform(foldIn(keys, 0), [32, 2]);
    const targets = tf.add(
      tf.cast(tf.floor(tf.mul(draw, 3)), "int32"),
      tf.scalar(1, "int32"),
    );
    const said = tf.reshape(targets, [32, 2]) as Tensor;
    const features = tf.cast(
      tf.oneHot(tf.sub(said, tf.scalar(1, "int32")), 3),
      "float32",
    ); // [32, 2, 3]
    const spoken = tf.tile(tf.expandDims(features, 2), [1, 1, 4, 1]); // 4 states each
    const silence = tf.zeros([32, 2, 4, 3]);
    const states = tf.reshape(tf.concat([silence, spoken], 2), [32, 16, 3]);
    const noise = tf.mul(
      0.1,
      tf.reshape(normal(foldIn(keys, 1), [32 * 16, 3]), [32, 16, 3]),
    );
    return { targets: said, states: tf.add(states, noise) };
  };
  const { params } = await fit({
    init: projector.init,
    loss: (params, keys) => {
      const { targets, states } = clips(keys);
      const logits = tf.squeeze(projector.logits(params, states, words), [0]);
      const lengths = tf.fill([32], 2, "int32");
      return tf.expandDims(tf.mean(ctcLoss({ logits, targets, lengths })), 0);
    },
    iterations: 100,
    learningRate: 0.02,
    seed: 1,
  });
  const { targets, states } = tf.tidy(() => clips(keys([99])));
  const logits = tf.tidy(() =>
    tf.squeeze(projector.logits(params, states, words), [0])
  );
  const { heard, rows, words: found } = await heardWords(logits, words);
  const expected = (await targets.array() as number[][]).map((row) =>
    row.map((k) => k - 1)
  );
  const said = rows.map((own) => own.map((row) => found[row]));
  assert(said.filter((own, i) => `${own}` === `${expected[i]}`).length >= 30);
  // A sure token is the word's own embedding.
  const own = tf.gather(words, tf.tensor1d(found, "int32"));
  assert(await maxDifference(heard, own) < 0.5);
  tf.dispose([params, words, targets, states, logits, heard, own]);
});

Deno.test("heardWords() takes the surest frame of each run, and leaves silence out", async () => {
  const words = tf.tensor2d([[1, 0], [0, 1]]);
  const share = (none: number, a: number, b: number) =>
    [none, a, b].map(Math.log);
  const logits = tf.tensor3d([
    [
      share(.8, .1, .1),
      share(.2, .7, .1),
      share(.02, .9, .08),
      share(.3, .5, .2),
      share(.1, .3, .6),
    ],
    [
      share(.8, .1, .1),
      share(.8, .1, .1),
      share(.9, .05, .05),
      share(.8, .1, .1),
      share(.8, .1, .1),
    ],
    [
      share(.1, .1, .8),
      share(.8, .1, .1),
      share(.1, .1, .8),
      share(.6, .2, .2),
      share(.6, .2, .2),
    ],
  ]);
  const { heard, rows, words: found } = await heardWords(logits, words);
  assertEquals(rows, [[0, 1], [], [2, 3]]);
  assertEquals(found, [0, 1, 1, 1]);
  const expected = tf.tensor2d([[.9, .08], [.3, .6], [.1, .8], [.1, .8]]);
  const scaled = tf.div(expected, tf.sum(expected, 1, true)) as Tensor;
  assert(await maxDifference(heard, scaled) < 1e-6);
  tf.dispose([words, logits, heard, expected, scaled]);
});

Deno.test("what does not fit a projector or its words is refused", async () => {
  assertThrows(
    () => wordProjector({ ...sizes, stack: 0 }),
    RangeError,
    "stack",
  );
  assertThrows(
    () => wordProjector({ ...sizes, size: 1 } as never),
    TypeError,
    '"size"',
  );
  const projector = wordProjector(sizes);
  const params = tf.tidy(() => projector.init(keys([1])));
  const words = tf.ones([2, 8]);
  const refuses = (shape: number[], of = words) => {
    const states = tf.ones(shape);
    assertThrows(
      () => projector.logits(params, states, of),
      TypeError,
      "a multiple of 2",
    );
    states.dispose();
  };
  refuses([1, 3, 3]);
  refuses([1, 4, 2]);
  refuses([4, 3]);
  const narrow = tf.ones([2, 7]);
  refuses([1, 4, 3], narrow);
  const logits = tf.zeros([1, 2, 4]);
  await assertRejects(
    () => heardWords(logits, words),
    TypeError,
    "logits [N, T, 3]",
  );
  const silent = tf.tensor3d([[[9, 0, 0]]]);
  await assertRejects(() => heardWords(silent, words), RangeError, "got none");
  tf.dispose([params, words, narrow, logits, silent]);
});
