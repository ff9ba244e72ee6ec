import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { tf } from "../../lib/tf/backend.ts";
import { effectiveClasses } from "../../lib/metrics/effective_classes.ts";
import { nearestDistance } from "../../lib/metrics/nearest_distance.ts";
import { pairwiseDistance } from "../../lib/metrics/pairwise_distance.ts";
import { sampleKl } from "../../lib/metrics/sample_kl.ts";
import { keys, normal } from "../../lib/tf/random.ts";
import { evaluate } from "../evaluate.ts";

Deno.test("pairwise distances are averaged within a context only", async () => {
  const { shape, values } = await evaluate(() =>
    pairwiseDistance(
      tf.tensor3d([
        [[0, 0], [3, 4], [100, 0], [100, 2]], // 5, 2
        [[7, 7], [7, 7], [0, 1], [0, -1]], // 0, 2
      ]),
      { contexts: 2 },
    )
  );
  assertEquals(shape, [2, 2]);
  [5, 2, 0, 2].forEach((mean, i) => assertAlmostEquals(values[i], mean, 1e-5));
});

Deno.test("pairwise distance of a normal sample is the closed form sqrt(pi)", async () => {
  // x - y ~ N(0, 2 I) in the plane: the mean norm is sqrt(2) sqrt(pi / 2) =
  // sqrt(pi); a distance has variance 4 - pi, and 400 samples hold at least 200
  // independent pairs.
  const { values } = await evaluate(() =>
    pairwiseDistance(normal(keys([5]), [400, 2]), { contexts: 1 })
  );
  const standardError = Math.sqrt((4 - Math.PI) / 200);
  assertAlmostEquals(values[0], Math.sqrt(Math.PI), 3 * standardError);
});

Deno.test("pairwise distance does not lose its digits far from the origin", async () => {
  const { values } = await evaluate(() =>
    pairwiseDistance(tf.tensor3d([[[1000, 1000], [1000.25, 1000]]]), {
      contexts: 1,
    })
  );
  assertAlmostEquals(values[0], 0.25, 1e-4);
});

Deno.test("pairwise distance scales with the samples and ignores a shift", async () => {
  const coordinate = fc.double({ min: -5, max: 5, noNaN: true });
  await fc.assert(fc.asyncProperty(
    fc.array(fc.tuple(coordinate, coordinate), { minLength: 2, maxLength: 6 }),
    async (points) => {
      const distance = (scale: number, shift: number) =>
        evaluate(() =>
          pairwiseDistance(
            tf.add(tf.mul(tf.tensor3d([points]), scale), shift),
            { contexts: 1 },
          )
        );
      const [once, twice] = [await distance(1, 0), await distance(2, 3)];
      assertAlmostEquals(twice.values[0], 2 * once.values[0], 2e-2);
    },
  ));
});

Deno.test("one sample of a context has no pair", () => {
  tf.tidy(() => {
    assertThrows(
      () => pairwiseDistance(tf.ones([1, 4, 2]), { contexts: 4 }),
      RangeError,
      "got 1",
    );
    assertThrows(
      () => pairwiseDistance(tf.ones([1, 4, 2]), { contexts: 3 }),
      TypeError,
    );
  });
});

Deno.test("effective classes is 1 for one class and C for C equal ones, per member", async () => {
  const { shape, values } = await evaluate(() =>
    effectiveClasses(tf.tensor3d([
      [[9, 0, 0], [1, 0, 0], [2, 1, 0], [5, 4, 4]], // all 0
      [[9, 0, 0], [0, 1, 0], [0, 2, 1], [5, 4, 4]], // 0, 1, 1, 0
      [[9, 0, 0], [0, 1, 0], [0, 2, 3], [5, 4, 4]], // 0, 1, 2, 0
    ]))
  );
  assertEquals(shape, [3]);
  // 1/2, 1/4, 1/4: exp(1.5 log 2) = 2^1.5.
  [1, 2, 2 ** 1.5].forEach((n, i) => assertAlmostEquals(values[i], n, 1e-5));
  tf.tidy(() => assertThrows(() => effectiveClasses(tf.ones([3])), TypeError));
});

Deno.test("the nearest distance is to the nearest datum, averaged per member", async () => {
  const { shape, values } = await evaluate(() =>
    nearestDistance(
      tf.tensor3d([[[0, 1], [9, 0]], [[10, 4], [1, 0]]]),
      tf.tensor2d([[0, 0], [10, 0], [0, 30]]),
    )
  );
  assertEquals([shape, values], [[2], [(1 + 1) / 2, (4 + 1) / 2]]);
  // Samples of one member need no axis for it.
  const one = await evaluate(() =>
    nearestDistance(tf.tensor2d([[3, 4], [0, 2]]), tf.zeros([1, 2]))
  );
  assertEquals([one.shape, one.values], [[], [(5 + 2) / 2]]);
});

Deno.test("copies of the data are at distance exactly 0, past a chunk's end too", async () => {
  const data = tf.tidy(() => tf.squeeze(normal(keys([1]), [50, 20]), [0]));
  const { values } = await evaluate(() =>
    nearestDistance(tf.reshape(tf.tile(data, [42, 1]), [3, 700, 20]), data)
  );
  assertEquals(values, [0, 0, 0]);
  // The last sample, in the last chunk, moves away.
  const moved = await evaluate(() => {
    const rows = tf.tile(data, [42, 1]);
    const far = tf.concat([tf.zeros([2099, 20]), tf.fill([1, 20], 7)]);
    return nearestDistance(tf.reshape(tf.add(rows, far), [3, 700, 20]), data);
  });
  assertEquals(moved.values.slice(0, 2), [0, 0]);
  assert(moved.values[2] > 0);
  data.dispose();
});

Deno.test("samples and data that do not fit are refused", () => {
  tf.tidy(() => {
    const x = tf.ones([2, 3]);
    for (const shape of [[4, 2], [3], [0, 3]]) {
      assertThrows(
        () => nearestDistance(x, tf.zeros(shape)),
        TypeError,
        "[2,3]",
      );
    }
    assertThrows(() => nearestDistance(tf.ones([3]), x), TypeError);
  });
});

Deno.test("the sample KL is the mean log ratio", async () => {
  const { shape, values } = await evaluate(() =>
    sampleKl({
      logq: tf.tensor2d([[-1, -2], [0, 0]]),
      logp: tf.tensor2d([[-2, -5], [1, 0]]),
    })
  );
  assertEquals([shape, values], [[2], [(1 + 3) / 2, (-1 + 0) / 2]]);
  tf.tidy(() => {
    const logq = tf.ones([2, 1]);
    assertThrows(
      () => sampleKl({ logq, logp: tf.ones([2]) }),
      TypeError,
      "[2]",
    );
    assertThrows(
      () => sampleKl({ logq: tf.scalar(1), logp: tf.scalar(1) }),
      TypeError,
    );
  });
});

Deno.test("the sample KL of two normals is the closed form within 4 standard errors", async () => {
  // KL(N(1, 1) | N(0, 1)) = 1/2; the log ratio is x - 1/2, with variance 1.
  const samples = 4000;
  const { values } = await evaluate(() => {
    const x = tf.add(normal(keys([2]), [samples]), 1);
    const half = (shift: number) => tf.mul(tf.square(tf.sub(x, shift)), -0.5);
    return sampleKl({ logq: half(1), logp: half(0) });
  });
  assertAlmostEquals(values[0], 0.5, 4 / Math.sqrt(samples));
});

Deno.test("a sample of NaN makes the figures of its member NaN, of no other", async () => {
  const x = tf.tensor3d([[[0, 1], [NaN, 1]], [[0, 1], [0, 3]]]);
  const figures = {
    effectiveClasses: () => effectiveClasses(x),
    nearestDistance: () => nearestDistance(x, tf.tensor2d([[0, 0], [0, 9]])),
    pairwiseDistance: () => pairwiseDistance(x, { contexts: 1 }),
  };
  for (const [name, figure] of Object.entries(figures)) {
    const { values } = await evaluate(figure);
    assertEquals(values[0], NaN, name);
    assert(values[1] > 0, name);
  }
  x.dispose();
});
