import { assert, assertEquals, assertThrows } from "@std/assert";
import { convAutoencoder } from "../../lib/models/conv_autoencoder.ts";
import { countParams } from "../../lib/models/params.ts";
import { backend, tf } from "../../lib/tf/backend.ts";
import { keys, normal } from "../../lib/tf/random.ts";
import { adamUpdate, initAdam } from "../../lib/train/adam.ts";
import { valueAndGrads } from "../../lib/train/value_and_grads.ts";

const model = convAutoencoder({ height: 8, width: 16, channels: 4 });

Deno.test("a picture of 8 x 16 pixels has two latents, and is of its size again", () => {
  assertEquals([model.dim, model.latent], [8 * 16 * 3, 2 * 4]);
  const params = tf.tidy(() => model.init(keys([1])));
  // Encoder 12-32-64-64-8, decoder 4-64-4*48-4*32-12, with biases.
  const encoder = 9 * (12 * 32 + 32 * 64 + 64 * 64) + 64 * 8;
  const decoder = 9 * (4 * 64 + 64 * 192 + 48 * 128 + 32 * 12);
  const biases = 32 + 64 + 64 + 8 + 64 + 192 + 128 + 12;
  assertEquals(countParams(params), encoder + decoder + biases);
  tf.tidy(() => {
    const x = normal(keys([2, 3]), [5, model.dim]);
    const { mean, logVariance } = model.encode(params, x);
    assertEquals(mean.shape, [2, 5, model.latent]);
    assertEquals(logVariance.shape, [2, 5, model.latent]);
    assertEquals(model.decode(params, mean).shape, x.shape);
  });
  tf.dispose(params);
});

Deno.test("a latent belongs to a place: it does not change what is far from it", async () => {
  const wide = convAutoencoder({ height: 8, width: 64, channels: 2 });
  const params = tf.tidy(() => wide.init(keys([1])));
  const difference = tf.tidy(() => {
    const z = tf.zeros([1, wide.latent]);
    const first = tf.concat(
      [tf.ones([1, 2]), tf.zeros([1, wide.latent - 2])],
      1,
    );
    const [before, after] = [z, first].map((z) => wide.decode(params, z));
    const changed = tf.abs(tf.sub(after, before));
    return tf.max(tf.reshape(changed, [8, 64, 3]), [0, 2]);
  });
  const columns = [...await difference.data()];
  assert(Math.min(...columns.slice(0, 8)) > 0);
  assertEquals(columns.slice(32), Array(32).fill(0));
  tf.dispose([params, difference]);
});

Deno.test({
  name: "it learns to give a picture back, every parameter moving",
  // TensorFlow.js has no gradient of a convolution on WebAssembly.
  ignore: backend.name === "wasm",
  fn: learns,
});

async function learns() {
  const x = tf.tidy(() =>
    tf.squeeze(tf.sigmoid(normal(keys([5]), [2, model.dim])), [0])
  );
  const start = tf.tidy(() => model.init(keys([1])));
  let state = { params: start, adam: initAdam(start) };
  const losses: number[] = [];
  for (let i = 0; i < 40; i++) {
    const { params, adam, loss } = tf.tidy(() => {
      const { losses, grads } = valueAndGrads(state.params, (params) => {
        const { mean, logVariance } = model.encode(params, x);
        const errors = tf.square(tf.sub(model.decode(params, mean), x));
        const spread = tf.mean(tf.square(logVariance));
        return tf.reshape(tf.add(tf.mean(errors), tf.mul(0.01, spread)), [1]);
      });
      const next = adamUpdate(
        { params: state.params, grads, adam: state.adam },
        { learningRate: 1e-2, clipNorm: 1 },
      );
      return { params: next.params, adam: next.adam, loss: losses };
    });
    losses.push((await loss.data())[0]);
    if (i > 0) tf.dispose(state.params);
    tf.dispose([state.adam, loss]);
    state = { params, adam };
  }
  assert(losses.at(-1)! < losses[0] / 3, `${losses[0]} to ${losses.at(-1)}`);
  for (const [name, before] of Object.entries(start)) {
    const moved = tf.tidy(() =>
      tf.max(tf.abs(tf.sub(state.params[name], before)))
    );
    assert((await moved.data())[0] > 0, name);
    moved.dispose();
  }
  tf.dispose([start, state.params, state.adam, x]);
}

Deno.test("what does not fit is refused by name", () => {
  assertThrows(
    () => convAutoencoder({ height: 8, width: 12, channels: 4 }),
    RangeError,
    "Expected width to be a multiple of 8, got 12",
  );
  const params = tf.tidy(() => model.init(keys([1, 2])));
  const x = tf.zeros([1, model.dim]);
  assertThrows(() => model.encode(params, x), TypeError, "1 member, got 2");
  tf.dispose([params, x]);
  const one = tf.tidy(() => model.init(keys([1])));
  const z = tf.zeros([1, 3]);
  assertThrows(() => model.decode(one, z), TypeError, "[..., 8], got [1,3]");
  tf.dispose([one, z]);
});
