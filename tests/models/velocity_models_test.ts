import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { guidedVelocity } from "../../lib/models/guided_velocity.ts";
import { jointVelocity } from "../../lib/models/joint_velocity.ts";
import { mlpVelocity } from "../../lib/models/mlp_velocity.ts";
import { mapParams, type Params } from "../../lib/models/params.ts";
import { transformerVelocity } from "../../lib/models/transformer_velocity.ts";
import { type VelocityModel } from "../../lib/models/velocity_model.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { foldIn, keys, normal, uniform } from "../../lib/tf/random.ts";
import { valueAndGrads } from "../../lib/train/value_and_grads.ts";

/** Texts of four contexts, three words each. */
const texts = tf.tidy(() => tf.squeeze(normal(keys([7]), [4, 3, 5]), [0]));
const joint = jointVelocity({
  ...{ places: 2, channels: 3, width: 8, depth: 2, heads: 2, texts },
});
/** The same from where no part of it is zero, as it starts. */
const moved = {
  ...joint,
  init: (seeds: Tensor) =>
    tf.tidy(() => {
      const start = joint.init(seeds);
      const names = Object.keys(start);
      return mapParams(start, (param, name) =>
        tf.add(
          param,
          tf.mul(
            0.1,
            normal(
              foldIn(seeds, 50 + names.indexOf(name)),
              param.shape.slice(1),
            ),
          ),
        ));
    }),
};

const models: Record<string, VelocityModel> = {
  jointVelocity: moved,
  guidedVelocity: guidedVelocity(moved, { scale: 2.5 }),
  mlpVelocity: mlpVelocity({ dim: 3, contexts: 4, width: 8, depth: 3 }),
  transformerVelocity: transformerVelocity({
    side: 6,
    patch: 3,
    width: 8,
    depth: 2,
    heads: 2,
    contexts: 4,
  }),
};
const samples = 5;

/** Parameters of three members, points, times `[M, N]`, contexts, targets. */
function inputs({ dim, init }: VelocityModel, seeds = [1, 2, 3]) {
  return tf.tidy(() => {
    const member = keys(seeds);
    return {
      params: init(member),
      xt: normal(foldIn(member, 101), [samples, dim]),
      t: uniform(foldIn(member, 102), [samples]),
      ut: normal(foldIn(member, 103), [samples, dim]),
      c: tf.tensor1d([0, 1, 2, 3, 1], "int32"),
    };
  });
}

async function assertClose(actual: Tensor, expected: Tensor, tolerance = 1e-5) {
  assertEquals(actual.shape, expected.shape);
  const values = await expected.data();
  (await actual.data()).forEach((value, i) =>
    assertAlmostEquals(value, values[i], tolerance)
  );
}

for (const [name, model] of Object.entries(models)) {
  Deno.test(`${name}() computes a member as if it were alone`, async () => {
    const all = inputs(model);
    const one = inputs(model, [2]);
    const [own, alone] = tf.tidy(() => [
      tf.slice(model.velocity(all.params, all.xt, all.t, all.c), [1], [1]),
      model.velocity(one.params, one.xt, one.t, one.c),
    ]);
    assertEquals(own.shape, [1, samples, model.dim]);
    await assertClose(own, alone);
    tf.dispose([all, one, own, alone]);
  });

  Deno.test(`${name}() takes one time for all or one time a sample`, async () => {
    const { params, xt, c, ...rest } = inputs(model);
    const [scalar, filled] = tf.tidy(() => [
      model.velocity(params, xt, tf.scalar(0.3), c),
      model.velocity(params, xt, tf.fill([3, samples], 0.3), c),
    ]);
    await assertClose(scalar, filled);
    tf.dispose([params, xt, c, rest, scalar, filled]);
  });

  Deno.test(`${name}() treats each sample by its own point, time and context`, async () => {
    const { params, xt, t, c, ut } = inputs(model);
    const velocity = (xt: Tensor, t: Tensor, c: Tensor) =>
      tf.tidy(() =>
        tf.squeeze(tf.slice(model.velocity(params, xt, t, c), 1, 1))
      );
    const rows = async (velocities: Tensor) => {
      const values = await velocities.array() as number[][];
      velocities.dispose();
      return values.map((row) => row.map((value) => value.toFixed(5)).join());
    };
    const first = tf.tensor([1, 0, 0, 0, 0], [samples]);
    const base = await rows(velocity(xt, t, c));
    const changed = tf.tidy(() => [
      velocity(tf.add(xt, tf.expandDims(first, 1)), t, c),
      velocity(xt, tf.add(t, tf.mul(first, 0.2)), c),
      velocity(xt, t, tf.add(c, tf.cast(first, "int32"))),
    ]);
    for (const tensor of changed) {
      const now = await rows(tensor);
      assertNotEquals(now[0], base[0]);
      assertEquals(now.slice(1), base.slice(1));
    }
    tf.dispose([params, xt, t, c, ut, first]);
  });

  Deno.test(`${name}() has the gradient that finite differences give`, async () => {
    const { params, xt, t, c, ut } = inputs(model);
    const loss = (params: Params) =>
      tf.mean(tf.square(tf.sub(model.velocity(params, xt, t, c), ut)), [1, 2]);
    const { losses, grads } = valueAndGrads(params, loss);
    for (const [index, parameter] of Object.keys(params).entries()) {
      // Along a random direction of one parameter; members are independent.
      const [slope, difference] = tf.tidy((): Tensor[] => {
        const { shape } = params[parameter];
        const axes = shape.map((_, axis) => axis).slice(1);
        const direction = normal(
          foldIn(keys([1, 2, 3]), 200 + index),
          shape.slice(1),
        );
        const along = (step: number) =>
          loss({
            ...params,
            [parameter]: tf.add(params[parameter], tf.mul(direction, step)),
          });
        const step = 1e-2;
        return [
          tf.sum(tf.mul(grads[parameter], direction), axes),
          tf.div(tf.sub(along(step), along(-step)), 2 * step),
        ];
      });
      const expected = await difference.data();
      (await slope.data()).forEach((value, member) => {
        assertNotEquals(value, 0, parameter);
        assertAlmostEquals(
          value,
          expected[member],
          2e-3 + 0.02 * Math.abs(expected[member]),
          `${parameter} of member ${member}`,
        );
      });
      tf.dispose([slope, difference]);
    }
    tf.dispose([params, xt, t, c, ut, losses, grads]);
  });

  Deno.test(`${name}() starts with the same parameters from the same seed`, async () => {
    const [a, b] = [inputs(model).params, inputs(model).params];
    for (const parameter of Object.keys(a)) {
      assertEquals(await a[parameter].data(), await b[parameter].data());
    }
    tf.dispose([a, b]);
  });

  Deno.test(`${name}() leaks no tensor`, () => {
    const { params, xt, t, c, ut } = inputs(model);
    const before = tf.memory().numTensors;
    const velocity = model.velocity(params, xt, t, c);
    assertEquals(tf.memory().numTensors, before + 1);
    tf.dispose([velocity, params, xt, t, c, ut]);
  });

  Deno.test(`${name}() refuses shapes that do not fit`, () => {
    const { dim } = model;
    const { params, xt, t, c, ut } = inputs(model);
    tf.tidy(() => {
      const refuses = (message: string, ...[x, time, context]: Tensor[]) =>
        assertThrows(
          () => model.velocity(params, x, time, context),
          TypeError,
          message,
        );
      refuses("expected xt", tf.zeros([2, samples, dim]), t, c);
      refuses("expected xt", tf.zeros([3, samples, dim + 1]), t, c);
      refuses("expected xt", tf.zeros([samples, dim]), t, c);
      refuses("expected t", xt, tf.zeros([samples]), c);
      refuses("expected t", xt, tf.zeros([3, samples, 1]), c);
      refuses("expected t", xt, tf.zeros([3, 1]), c);
      refuses("expected c", xt, t, tf.zeros([samples + 1], "int32"));
      refuses("expected c", xt, t, tf.zeros([samples]));
      refuses("expected c", xt, t, tf.zeros([3, samples], "int32"));
    });
    tf.dispose([params, xt, t, c, ut]);
  });
}

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
