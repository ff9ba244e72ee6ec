import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import {
  countParams,
  mapParams,
  type Params,
} from "../../lib/models/params.ts";
import { pictureAutoencoder } from "../../lib/models/picture_autoencoder.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys, normal } from "../../lib/tf/random.ts";
import { evaluate } from "../evaluate.ts";
import { assertGradient } from "../finite_differences.ts";

const model = pictureAutoencoder({ dim: 4, latent: 2, hidden: 3 });
const init = () => model.init(keys([1]));
const pictures = (shape: number[]) => tf.squeeze(normal(keys([2]), shape), [0]);

Deno.test("the parts are perceptrons with two hidden layers", () => {
  const params = tf.tidy(init);
  // Encoder 4 to 3 to 3 to 2 * 2, decoder 2 to 3 to 3 to 4, with biases.
  assertEquals(countParams(params), 15 + 12 + 16 + 9 + 12 + 16);
  tf.dispose(params);
});

Deno.test("without kernels the last biases are mean, log variance and picture", async () => {
  const flat = () =>
    mapParams(init(), (param, name) => {
      if (name === "encoder2/bias") return tf.tensor3d([[[1, 2, 3, 4]]]);
      if (name === "decoder2/bias") return tf.tensor3d([[[0, 1, -1, 9]]]);
      return tf.zerosLike(param);
    });
  const x = () => pictures([2, 4]);
  const encoded = (part: "mean" | "logVariance") =>
    evaluate(() => model.encode(flat(), x())[part]);
  assertEquals((await encoded("mean")).values, [1, 2, 1, 2]);
  assertEquals((await encoded("logVariance")).values, [3, 4, 3, 4]);
  const { values } = await evaluate(() =>
    model.decode(flat(), tf.ones([1, 2]))
  );
  // tanh
  values.forEach((value, i) =>
    assertAlmostEquals(value, [0, 0.7615942, -0.7615942, 1][i], 1e-6)
  );
});

Deno.test("pictures keep their leading axes, and do not meet", async () => {
  const z = () => pictures([3, 5, 2]);
  const all = await evaluate(() => model.decode(init(), z()));
  const one = await evaluate(() => model.decode(init(), tf.unstack(z())[1]));
  assertEquals(all.shape, [3, 5, 4]);
  assertEquals(one.shape, [5, 4]);
  one.values.forEach((value, i) =>
    assertAlmostEquals(value, all.values[20 + i], 1e-6)
  );
  const { shape } = await evaluate(() =>
    model.encode(init(), pictures([3, 5, 4])).logVariance
  );
  assertEquals(shape, [3, 5, 2]);
  assert(all.values.every((value) => Math.abs(value) < 1));
});

Deno.test("gradients reach pictures, latents and every parameter", async () => {
  const params = tf.tidy(init);
  const [x, z] = tf.tidy(() => [pictures([2, 4]), pictures([2, 2])]);
  const both = (params: Params, x: Tensor, z: Tensor) => {
    const { mean, logVariance } = model.encode(params, x);
    const sizes = [mean, logVariance, model.decode(params, z)];
    return tf.addN(sizes.map((part) => tf.sum(tf.square(part))));
  };
  await assertGradient("x", (x) => both(params, x, z), x);
  await assertGradient("z", (z) => both(params, x, z), z);
  for (const [name, value] of Object.entries(params)) {
    await assertGradient(
      name,
      (param) => both({ ...params, [name]: param }, x, z),
      value,
    );
  }
  tf.dispose([params, x, z]);
});

Deno.test("sizes, pictures and populations that do not fit are refused", () => {
  assertThrows(
    () => pictureAutoencoder({ dim: 4, latent: 0, hidden: 3 }),
    RangeError,
    "latent",
  );
  tf.tidy(() => {
    assertThrows(
      () => model.encode(init(), tf.ones([2, 3])),
      TypeError,
      "Expected input of the encoder of shape [..., 4], got [2,3]",
    );
    assertThrows(
      () => model.decode(init(), tf.ones([2, 4])),
      TypeError,
      "Expected input of the decoder of shape [..., 2], got [2,4]",
    );
    assertThrows(
      () => model.decode(model.init(keys([1, 2])), tf.ones([2, 2])),
      TypeError,
      "Expected params of 1 member, got 2",
    );
  });
});
