import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import { convClassifier } from "../../lib/models/conv_classifier.ts";
import { backend, tf } from "../../lib/tf/backend.ts";
import { keys, normal } from "../../lib/tf/random.ts";
import { adamUpdate, initAdam } from "../../lib/train/adam.ts";
import { valueAndGrads } from "../../lib/train/value_and_grads.ts";

const classifier = convClassifier({ side: 8, classes: 3 });

Deno.test("convClassifier() classifies each sample, whatever the leading axes", async () => {
  const params = tf.tidy(() => classifier.init(keys([1])));
  const [nested, flat] = tf.tidy(() => {
    const x = normal(keys([3, 4]), [5, 64]);
    return [
      classifier.logits(params, x),
      classifier.logits(params, tf.reshape(x, [10, 64])),
    ];
  });
  assertEquals(nested.shape, [2, 5, 3]);
  assertEquals(flat.shape, [10, 3]);
  const expected = await flat.data();
  (await nested.data()).forEach((value, i) =>
    assertAlmostEquals(value, expected[i], 1e-5)
  );
  tf.dispose([params, nested, flat]);
});

Deno.test({
  name:
    "convClassifier() learns where a picture is bright, every parameter moving",
  // TensorFlow.js has no gradient of a convolution on WebAssembly.
  ignore: backend.name === "wasm",
  fn: learns,
});

async function learns() {
  // Class 0: left half bright, 1: right half, 2: neither; noise on top.
  const [x, labels] = tf.tidy(() => {
    const column = tf.range(0, 8);
    const left = tf.cast(tf.less(column, 4), "float32");
    const halves = tf.stack([left, tf.sub(1, left), tf.zeros([8])]);
    const clean = tf.tile(tf.expandDims(halves, 1), [10, 8, 1]); // [30, 8, 8]
    const noise = normal(keys([9]), [30, 64]);
    return [
      tf.add(tf.reshape(clean, [1, 30, 64]), tf.mul(noise, 0.3)),
      tf.tile(tf.range(0, 3, 1, "int32"), [10]),
    ];
  });
  const oneHot = tf.oneHot(labels, 3, 1, 0, "float32");
  const start = tf.tidy(() => classifier.init(keys([1])));
  let state = { params: start, adam: initAdam(start) };
  for (let i = 0; i < 30; i++) {
    state = tf.tidy(() => {
      const { grads } = valueAndGrads(state.params, (params) => {
        const logp = tf.logSoftmax(classifier.logits(params, x));
        return tf.neg(tf.mean(tf.sum(tf.mul(logp, oneHot), -1), 1));
      });
      const { params, adam } = adamUpdate({ ...state, grads }, {
        learningRate: 0.01,
        clipNorm: 1,
      });
      return { params, adam };
    });
  }
  const accuracy = tf.tidy(() => {
    const guesses = tf.argMax(classifier.logits(state.params, x), -1);
    return tf.mean(tf.cast(tf.equal(tf.squeeze(guesses), labels), "float32"));
  });
  assert((await accuracy.data())[0] > 0.9);
  for (const name of Object.keys(start)) {
    const [before, after] = [
      await start[name].data(),
      await state.params[name].data(),
    ];
    assert(before.some((value, i) => value !== after[i]), name);
  }
  tf.dispose([x, labels, oneHot, start, state, accuracy]);
}

Deno.test("convClassifier() leaks no tensor", () => {
  const params = tf.tidy(() => classifier.init(keys([1])));
  const x = tf.zeros([2, 64]);
  const before = tf.memory().numTensors;
  const logits = classifier.logits(params, x);
  assertEquals(tf.memory().numTensors, before + 1);
  tf.dispose([params, x, logits]);
});

Deno.test("convClassifier() refuses shapes that do not fit", () => {
  assertThrows(
    () => convClassifier({ side: 6, classes: 3 }),
    RangeError,
    "multiple of 4",
  );
  tf.tidy(() => {
    const two = classifier.init(keys([1, 2]));
    const one = classifier.init(keys([1]));
    assertThrows(
      () => classifier.logits(two, tf.zeros([2, 64])),
      TypeError,
      "got 2",
    );
    assertThrows(
      () => classifier.logits(one, tf.zeros([2, 63])),
      TypeError,
      "[2,63]",
    );
  });
});
