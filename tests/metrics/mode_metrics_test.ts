import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { tf } from "../../lib/tf/backend.ts";
import { type Mixture, ringMixture } from "../../lib/data/mixture.ts";
import { coverage } from "../../lib/metrics/coverage.ts";
import { modeShares } from "../../lib/metrics/mode_shares.ts";
import { offManifold } from "../../lib/metrics/off_manifold.ts";
import { modeEntropy } from "../../lib/metrics/mode_entropy.ts";
import { shareEntropy } from "../../lib/metrics/share_entropy.ts";
import { splitContexts } from "../../lib/metrics/split_contexts.ts";
import { evaluate } from "../evaluate.ts";

const twoByTwo: Mixture = {
  means: [[-1, 0], [1, 0], [0, 5]],
  std: 0.1,
  weights: [[0.5, 0.25, 0.25], [0.2, 0.4, 0.4]],
};
// Two members, two contexts, two samples each: [2, 4, 2].
const samples = [
  [[-1, 0.1], [1, 0.2], [0, 5], [0.05, 4.9]],
  [[-1, 0], [-1, 0.4], [9, 9], [0, 0]],
];

Deno.test("shares count the nearest mode by context, and not what is off the manifold", async () => {
  const { shape, values } = await evaluate(() =>
    modeShares(twoByTwo, tf.tensor3d(samples))
  );
  assertEquals(shape, [2, 2, 3]);
  assertEquals(values, [
    ...[0.5, 0.5, 0, /**/ 0, 0, 1],
    ...[0.5, 0, 0, /**/ 0, 0, 0],
  ]);
});

Deno.test("what shares miss is what lies off the manifold", async () => {
  const x = tf.tensor3d(samples);
  const off = await evaluate(() => offManifold(twoByTwo, x));
  assertEquals([off.shape, off.values], [[2], [0, 0.75]]);
  const point = fc.double({ min: -3, max: 3, noNaN: true });
  await fc.assert(fc.asyncProperty(
    fc.array(fc.tuple(point, point), { minLength: 8, maxLength: 8 }),
    async (points) => {
      const total = await evaluate(() => {
        const x = tf.tensor3d([points]);
        const shares = tf.sum(modeShares(ringMixture(), x), -1);
        return tf.add(tf.mean(shares, -1), offManifold(ringMixture(), x));
      });
      assertAlmostEquals(total.values[0], 1, 1e-6);
    },
  ));
  x.dispose();
});

Deno.test("samples are parted by context in order", async () => {
  const { shape, values } = await evaluate(() =>
    splitContexts(tf.tensor3d(samples), 2)
  );
  assertEquals([shape, values.slice(4, 8)], [[2, 2, 2, 2], [
    ...[0, 5],
    ...[0.05, 4.9].map(Math.fround),
  ]]);
  tf.tidy(() => {
    for (const shape of [[4, 2], [1, 5, 2], [1, 0, 2], [1, 2, 2, 2]]) {
      assertThrows(
        () => splitContexts(tf.zeros(shape), 2),
        TypeError,
        `[${shape}]`,
      );
    }
    assertThrows(() => splitContexts(tf.ones([1, 4, 2]), 0), TypeError);
    assertThrows(() => modeShares(twoByTwo, tf.ones([1, 4, 3])), TypeError);
  });
});

Deno.test("the entropy of shares is that worked by hand", async () => {
  const { shape, values } = await evaluate(() =>
    shareEntropy(tf.tensor3d([
      [[0.25, 0.25, 0.25, 0.25], [1, 0, 0, 0]],
      [[0.25, 0.125, 0.125, 0], [0, 0, 0, 0]],
    ]))
  );
  assertEquals(shape, [2, 2]);
  const expected = [
    Math.log(4),
    0,
    // 1/2, 1/4, 1/4 when normalized: (1/2) log 2 + 2 (1/4) log 4 = 1.5 log 2.
    1.5 * Math.log(2),
    0,
  ];
  expected.forEach((entropy, i) =>
    assertAlmostEquals(values[i], entropy, 1e-6)
  );
});

Deno.test("entropy ignores scale and order and lies between 0 and log(modes)", async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), {
      minLength: 1,
      maxLength: 9,
    }),
    async (shares) => {
      const entropy = async (row: number[]) =>
        (await evaluate(() => shareEntropy(tf.tensor1d(row)))).values[0];
      const a = await entropy(shares);
      const b = await entropy(shares.map((share) => 3 * share).toReversed());
      assertAlmostEquals(a, b, 1e-5);
      assert(a > -1e-6);
      assert(a < Math.log(shares.length) + 1e-5);
    },
  ));
});

Deno.test("coverage counts the modes that reach the threshold", async () => {
  const shares = tf.tensor2d([[0.5, 0.5, 0, 0], [0.875, 0.0625, 0.0625, 0]]);
  const at = (threshold: number) =>
    evaluate(() => coverage(shares, { threshold }));
  assertEquals((await at(0.0625)).values, [0.5, 0.75]);
  assertEquals((await at(0.07)).values, [0.5, 0.25]);
  for (const threshold of [0, -1, 1.1, NaN]) {
    assertThrows(
      () => coverage(shares, { threshold }),
      RangeError,
      `got ${threshold}`,
    );
  }
  shares.dispose();
});

Deno.test("scalar shares and points of another dimension are refused", () => {
  tf.tidy(() => {
    assertThrows(() => shareEntropy(tf.scalar(1)), TypeError);
    assertThrows(() => coverage(tf.scalar(1), { threshold: 0.1 }), TypeError);
    assertThrows(() => offManifold(twoByTwo, tf.ones([1, 4, 3])), TypeError);
  });
});

Deno.test("modeEntropy() counts samples off the data as lost", async () => {
  const { values } = await evaluate(() =>
    modeEntropy(tf.tensor2d([
      [0.5, 0.5, 0, 0], // all on the data: log 2
      [0.1, 0.1, 0, 0], // four fifths off it: log 2 / 5
      [0, 0, 0, 0], // all off it
    ]))
  );
  assertAlmostEquals(values[0], Math.LN2, 1e-6);
  assertAlmostEquals(values[1], Math.LN2 / 5, 1e-6);
  assertEquals(values[2], 0);
});

Deno.test("a sample of NaN makes its figures NaN, in its context alone", async () => {
  const broken = tf.tensor3d([[[-1, NaN], [1, 0], [0, 5], [0, 5]]]);
  const shares = await evaluate(() => modeShares(twoByTwo, broken));
  assertEquals(shares.values, [NaN, NaN, NaN, 0, 0, 1]);
  const covered = await evaluate(() =>
    coverage(modeShares(twoByTwo, broken), { threshold: 0.5 })
  );
  assertEquals(covered.values[0], NaN);
  assertAlmostEquals(covered.values[1], 1 / 3, 1e-6);
  const off = await evaluate(() => offManifold(twoByTwo, broken));
  assertEquals(off.values, [NaN]);
  broken.dispose();
});
