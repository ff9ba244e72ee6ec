import { assertAlmostEquals, assertEquals } from "@std/assert";
import { rmsNorm, silu } from "../../lib/models/activations.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";

const points = [-30, -2, -0.5, 0, 0.3, 1, 4, 30];

Deno.test("silu() and its gradient agree with TensorFlow.js's own", async () => {
  const [value, grad, valueTf, gradTf] = tf.tidy(() => {
    const x = tf.tensor1d(points);
    const plain = (x: Tensor) => tf.mul(x, tf.sigmoid(x));
    const dy = tf.linspace(1, 3, points.length);
    return [silu(x), tf.grad(silu)(x, dy), plain(x), tf.grad(plain)(x, dy)];
  });
  const [v, g, vTf, gTf] = await Promise.all(
    [value, grad, valueTf, gradTf].map((tensor) => tensor.data()),
  );
  points.forEach((_, i) => {
    assertAlmostEquals(v[i], vTf[i], 1e-6);
    assertAlmostEquals(g[i], gTf[i], 1e-5);
  });
  tf.dispose([value, grad, valueTf, gradTf]);
});

Deno.test("rmsNorm() makes the mean square of each row 1", async () => {
  const meanSquares = tf.tidy(() =>
    tf.mean(
      tf.square(rmsNorm(tf.tensor2d([[1, -2, 3], [100, 0, 0.5]]))),
      1,
    )
  );
  for (const value of await meanSquares.data()) {
    assertAlmostEquals(value, 1, 1e-5);
  }
  meanSquares.dispose();
});

Deno.test("rmsNorm() has the gradient of its definition", async () => {
  const plain = (x: Tensor) =>
    tf.div(x, tf.sqrt(tf.add(tf.mean(tf.square(x), -1, true), 1e-6)));
  const [own, reference] = tf.tidy(() => {
    const x = tf.tensor2d([[1, -2, 3], [0.1, 0.2, -0.4]]);
    const dy = tf.tensor2d([[0.3, 1, -1], [2, -1, 0.7]]);
    return [tf.grad(rmsNorm)(x, dy), tf.grad(plain)(x, dy)];
  });
  const expected = await reference.data();
  (await own.data()).forEach((value, i) =>
    assertAlmostEquals(value, expected[i], 1e-5)
  );
  tf.dispose([own, reference]);
});

Deno.test("the gradients of silu() and rmsNorm() leak no tensor", () => {
  const x = tf.ones([2, 3]);
  const before = tf.memory().numTensors;
  const grads = [silu, rmsNorm].map((f) => tf.grad(f)(x));
  assertEquals(tf.memory().numTensors, before + 2);
  tf.dispose([x, grads]);
});
