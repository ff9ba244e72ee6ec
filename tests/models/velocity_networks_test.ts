import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import { guidedVelocity } from "../../lib/models/guided_velocity.ts";
import { jointVelocity } from "../../lib/models/joint_velocity.ts";
import { mlpVelocity } from "../../lib/models/mlp_velocity.ts";
import { type Params } from "../../lib/models/params.ts";
import { transformerVelocity } from "../../lib/models/transformer_velocity.ts";
import { tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import {
  assertClose,
  inputs,
  joint,
  moved,
  samples,
  texts,
} from "./velocity_inputs.ts";

Deno.test("mlpVelocity() computes the formula of its documentation", async () => {
  const model = mlpVelocity({ dim: 1, contexts: 2, width: 2, depth: 2 });
  const params: Params = {
    "input/kernel": tf.tensor3d([[[0.5, -1]]]),
    "time/kernel": tf.zeros([1, 16, 2]),
    "context/embedding": tf.tensor3d([[[0, 0], [1, 2]]]),
    "hidden1/kernel": tf.tensor3d([[[1, 0], [0, 2]]]),
    "hidden1/bias": tf.tensor3d([[[0.1, -0.1]]]),
    "output/kernel": tf.tensor3d([[[1], [3]]]),
    "output/bias": tf.tensor3d([[[0.25]]]),
  };
  const velocity = tf.tidy(() =>
    model.velocity(
      params,
      tf.tensor3d([[[2]]]),
      tf.scalar(0.5),
      tf.tensor1d([1], "int32"),
    )
  );
  // x Wx + embedding[1] = (1, -2) + (1, 2) = (2, 0); silu: (2 s(2), 0) = (1.761594, 0)
  // times W1 plus b1: (1.861594, -0.1); silu: (1.611186, -0.047502)
  // 1.611186 - 3 * 0.047502 + 0.25 = 1.718680
  assertAlmostEquals((await velocity.data())[0], 1.71868, 1e-5);
  tf.dispose([velocity, params]);
});

Deno.test("mlpVelocity() and transformerVelocity() do without context", async () => {
  const size = { width: 8, depth: 1, contexts: 1 };
  const single = [
    mlpVelocity({ dim: 4, ...size }),
    transformerVelocity({ side: 2, patch: 1, heads: 1, ...size }),
  ];
  for (const { init, velocity } of single) {
    const vt = tf.tidy(() => {
      const c = tf.zeros([2], "int32");
      return velocity(init(keys([1])), tf.ones([1, 2, 4]), tf.scalar(0), c);
    });
    const values = await vt.array() as number[][][];
    assertEquals(values[0][0], values[0][1]);
    assert(values.flat(2).every((value) => value !== 0));
    vt.dispose();
  }
});

Deno.test("mlpVelocity() and transformerVelocity() refuse sizes that make no network", () => {
  const mlp = { dim: 2, contexts: 1, width: 8, depth: 1 };
  const vit = {
    side: 8,
    patch: 4,
    width: 8,
    depth: 1,
    heads: 2,
    contexts: 1,
  };
  assertThrows(() => mlpVelocity({ ...mlp, depth: 0 }), RangeError, "depth");
  assertThrows(() => mlpVelocity({ ...mlp, width: 2.5 }), RangeError, "2.5");
  assertThrows(
    () => transformerVelocity({ ...vit, patch: 3 }),
    RangeError,
    "patch to divide side, got 3 and 8",
  );
  assertThrows(
    () => transformerVelocity({ ...vit, heads: 3 }),
    RangeError,
    "heads to divide width",
  );
});

Deno.test("jointVelocity() starts at a velocity of zero", async () => {
  const { params, xt, t, c, ut } = inputs(joint);
  const vt = joint.velocity(params, xt, t, c);
  assertEquals([...await vt.data()], Array(vt.size).fill(0));
  tf.dispose([params, xt, t, c, ut, vt]);
});

Deno.test("guidedVelocity() goes on from no text through the text", async () => {
  const { params, xt, t, c, ut } = inputs(moved);
  const none = tf.fill([samples], joint.noText, "int32");
  const [given, without, twice, far] = tf.tidy(() => [
    moved.velocity(params, xt, t, c),
    moved.velocity(params, xt, t, none),
    guidedVelocity(moved, { scale: 0 }).velocity(params, xt, t, c),
    guidedVelocity(moved, { scale: 3 }).velocity(params, xt, t, c),
  ]);
  await assertClose(twice, without);
  const expected = tf.tidy(() =>
    tf.add(without, tf.mul(3, tf.sub(given, without)))
  );
  await assertClose(far, expected, 1e-4);
  assertEquals(guidedVelocity(moved, { scale: 1 }), moved);
  assertThrows(
    () => guidedVelocity(moved, { scale: NaN }),
    RangeError,
    "Expected scale to be finite, got NaN",
  );
  tf.dispose([
    params,
    xt,
    t,
    c,
    ut,
    none,
    given,
    without,
    twice,
    far,
    expected,
  ]);
});

Deno.test("jointVelocity() refuses sizes that do not fit", () => {
  const sizes = { places: 2, channels: 3, width: 8, depth: 2, heads: 2, texts };
  assertThrows(
    () => jointVelocity({ ...sizes, heads: 3 }),
    RangeError,
    "Expected heads to divide width, got 3 and 8",
  );
  assertThrows(
    () => jointVelocity({ ...sizes, texts: tf.zeros([2, 2]) }),
    TypeError,
    "Expected texts of shape [C, T, E], got [2,2]",
  );
});
