import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { foldIn, keys } from "../../lib/tf/random.ts";
import {
  evenAngles,
  type Mixture,
  ringMixture,
} from "../../lib/data/mixture.ts";
import { mixtureLogDensity } from "../../lib/data/mixture_log_density.ts";
import { onManifold } from "../../lib/data/on_manifold.ts";
import { sampleMixture } from "../../lib/data/sample_mixture.ts";
import { evaluate } from "../evaluate.ts";

const two: Mixture = {
  means: [[0, 0], [2, 0]],
  std: 1,
  weights: [[0.25, 0.75], [1, 0]],
};

/** The values of a result that leaks nothing. */
const valuesOf = async (body: () => Tensor) => (await evaluate(body)).values;

Deno.test("the ring mixture is 8 modes at radius 2 in 4 contexts that lean apart", () => {
  const { means, weights, std } = ringMixture();
  assertEquals([means.length, weights.length, std], [8, 4, 0.2]);
  for (const [x, y] of means) assertAlmostEquals(Math.hypot(x, y), 2, 1e-12);
  for (const context of weights) {
    assertAlmostEquals(context.reduce((a, b) => a + b), 1, 1e-12);
    assert(Math.min(...context) > 0.03);
  }
  // exp(cos 0), exp(cos 45 deg), ... over 10.1288, their sum around the ring.
  const sum = Math.E + 2 * 2.02811 + 2 + 2 * 0.49307 + 1 / Math.E;
  assertAlmostEquals(weights[0][0], Math.E / sum, 1e-5);
  assertAlmostEquals(weights[0][1], 2.02811 / sum, 1e-5);
  assertAlmostEquals(weights[1][6], 1 / Math.E / sum, 1e-5);
});

Deno.test("contexts at other angles are turns of the first, and lean halfway between modes", () => {
  const { weights: [first] } = ringMixture();
  const { weights: [eighth, between], angles } = ringMixture([
    Math.PI / 4,
    Math.PI / 8,
  ]);
  assertEquals(angles, [Math.PI / 4, Math.PI / 8]);
  // An eighth of a turn is one mode on.
  eighth.forEach((weight, k) =>
    assertAlmostEquals(weight, first[(k + 7) % 8], 1e-12)
  );
  assertAlmostEquals(between[0], between[1], 1e-12);
  assertEquals(Math.max(...between), Math.max(between[0], between[1]));
  const degrees = (angles: number[]) =>
    angles.map((angle) => Math.round(angle * 180 / Math.PI));
  assertEquals(degrees(evenAngles(4)), [0, 90, 180, 270]);
  assertEquals(degrees(evenAngles(4, 0.5)), [45, 135, 225, 315]);
  for (const angles of [[], [NaN], [0, Infinity]]) {
    assertThrows(() => ringMixture(angles), RangeError, "angles");
  }
});

Deno.test("the log density is the one worked by hand", async () => {
  // At the origin: (0.25 + 0.75 exp(-2)) / (2 pi) = 0.351501 / 6.283185, and in
  // context 1, whose second mode has no weight, 1 / (2 pi).
  const [a, b] = await valuesOf(() =>
    mixtureLogDensity(two, tf.zeros([2, 2]), tf.tensor1d([0, 1], "int32"))
  );
  assertAlmostEquals(a, Math.log(0.351501 / 6.283185), 1e-5);
  assertAlmostEquals(b, -Math.log(6.283185), 1e-5);
});

Deno.test("the log density stays finite far from every mode", async () => {
  // log 0.75 - 98^2 / 2 - log(2 pi): the nearer mode alone counts.
  const [far] = await valuesOf(() =>
    mixtureLogDensity(two, tf.tensor2d([[100, 0]]), tf.zeros([1], "int32"))
  );
  assertAlmostEquals(far, Math.log(0.75) - 4802 - Math.log(6.283185), 1e-2);
});

Deno.test("the density of every context integrates to 1", async () => {
  const step = 0.05;
  const sums = await valuesOf(() => {
    const axis = tf.mul(tf.range(-80, 81), step);
    const [x, y] = tf.meshgrid(axis, axis);
    const grid = tf.stack([tf.reshape(x, [-1]), tf.reshape(y, [-1])], 1);
    return tf.stack([0, 1, 2, 3].map((c) => {
      const ids = tf.fill([grid.shape[0]], c, "int32");
      const density = tf.exp(mixtureLogDensity(ringMixture(), grid, ids));
      return tf.mul(tf.sum(density), step ** 2);
    }));
  });
  for (const sum of sums) assertAlmostEquals(sum, 1, 1e-4);
});

Deno.test("leading axes are batch and share the contexts", async () => {
  const c = tf.tensor1d([0, 1], "int32");
  const x = tf.tensor3d([[[0, 1], [2, 1]], [[2, 1], [0, 1]]]);
  const together = await valuesOf(() => mixtureLogDensity(two, x, c));
  const apart = await valuesOf(() =>
    tf.stack(tf.unstack(x).map((row) => mixtureLogDensity(two, row, c)))
  );
  assertEquals(together, apart);
  assert(together[0] !== together[3], "the context must count");
  tf.dispose([x, c]);
});

Deno.test("the gradient of the log density is that of finite differences", async () => {
  const x = tf.tensor2d([[0.7, -0.3]]);
  const c = tf.zeros([1], "int32");
  const logp = (at: Tensor) => tf.sum(mixtureLogDensity(two, at, c));
  const gradient = await valuesOf(() => tf.grad(logp)(x));
  const h = 1e-2;
  for (const [axis, unit] of [[1, 0], [0, 1]].entries()) {
    const offset = tf.tensor2d([unit.map((u) => u * h)]);
    const [up] = await valuesOf(() => logp(tf.add(x, offset)));
    const [down] = await valuesOf(() => logp(tf.sub(x, offset)));
    assertAlmostEquals(gradient[axis], (up - down) / (2 * h), 1e-3);
    offset.dispose();
  }
  tf.dispose([x, c]);
});

Deno.test("points or contexts of another shape or dtype are refused", () => {
  tf.tidy(() => {
    const c = tf.zeros([3], "int32");
    const density = (x: Tensor, c: Tensor) => () =>
      mixtureLogDensity(two, x, c);
    assertThrows(density(tf.ones([3, 3]), c), TypeError, "[3,3]");
    assertThrows(density(tf.ones([2]), c), TypeError, "[..., N, 2]");
    assertThrows(density(tf.ones([2, 2]), c), TypeError, "int32 [2]");
    assertThrows(density(tf.ones([3, 2]), tf.zeros([3])), TypeError, "float32");
    assertThrows(
      density(tf.ones([3, 2]), tf.zeros([1, 3], "int32")),
      TypeError,
      "[1,3]",
    );
    assertThrows(() => onManifold(two, tf.ones([2])), TypeError);
  });
});

Deno.test("the manifold ends three std from the nearest mode", async () => {
  assertEquals(
    await valuesOf(() =>
      onManifold(two, tf.tensor2d([[4.9, 0], [5.1, 0], [1, 2.8], [1, 2.9]]))
    ),
    [1, 0, 1, 0], // |(1, 2.8)| = 2.97, |(1, 2.9)| = 3.07
  );
});

Deno.test("samples fall on the modes as often as the weights say (chi-square)", async () => {
  const mixture = ringMixture();
  const perContext = 4000;
  const seeds = keys([11]);
  const { x1, c } = sampleMixture(mixture, seeds, { perContext });
  const contexts = await c.data();
  const points = await x1.array() as [number, number][][];
  const counts = mixture.weights.map((weights) => weights.map(() => 0));
  const squared = { x: 0, y: 0 };
  for (const [i, [x, y]] of points[0].entries()) {
    const turn = Math.atan2(y, x) / (2 * Math.PI);
    const mode = (Math.round(turn * 8) + 8) % 8;
    counts[contexts[i]][mode]++;
    squared.x += (x - mixture.means[mode][0]) ** 2;
    squared.y += (y - mixture.means[mode][1]) ** 2;
  }
  for (const [context, weights] of mixture.weights.entries()) {
    const chiSquare = weights.reduce((sum, weight, k) => {
      const expected = weight * perContext;
      return sum + (counts[context][k] - expected) ** 2 / expected;
    }, 0);
    assert(chiSquare < 18.48, `${chiSquare}`); // 1% point, 7 degrees of freedom
  }
  // Each axis' variance is std^2 = 0.04, within 4 standard errors of sqrt(2 / n).
  const bound = 4 * Math.sqrt(2 / points[0].length) * 0.04;
  assertAlmostEquals(squared.x / points[0].length, 0.04, bound);
  assertAlmostEquals(squared.y / points[0].length, 0.04, bound);
  tf.dispose([seeds, x1, c]);
});

Deno.test("a row of samples depends on its own key only, contexts are in order", async () => {
  const mixture = ringMixture();
  const draw = async (seeds: number[]) => {
    const before = tf.memory().numTensors;
    const rowKeys = keys(seeds);
    const { x1, c } = sampleMixture(mixture, rowKeys, { perContext: 3 });
    assertEquals([x1.shape, c.dtype], [[seeds.length, 12, 2], "int32"]);
    assertEquals([...await c.data()], [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]);
    const rows = await x1.array() as number[][][];
    tf.dispose([rowKeys, x1, c]);
    assertEquals(tf.memory().numTensors, before, "leaked");
    return rows;
  };
  const [a, b] = await draw([1, 2]);
  assertEquals(await draw([2, 1, 2]), [b, a, b]);
  assert(a[0][0] !== b[0][0]);
});

Deno.test("keys that are folded apart give other samples", async () => {
  const draw = (step: number) =>
    valuesOf(() =>
      sampleMixture(two, foldIn(keys([3]), step), { perContext: 2 }).x1
    );
  const [x, y] = [await draw(0), await draw(1)];
  assert(x.every((value, i) => value !== y[i]));
});

Deno.test("an impossible number of samples is refused", () => {
  tf.tidy(() => {
    for (const perContext of [0, -1, 1.5, NaN]) {
      assertThrows(
        () => sampleMixture(two, keys([0]), { perContext }),
        RangeError,
        `got ${perContext}`,
      );
    }
  });
});
