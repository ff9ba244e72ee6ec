import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { tf } from "../../lib/tf/backend.ts";
import { keys, normal } from "../../lib/tf/random.ts";
import { slicedW2 } from "../../lib/metrics/sliced_w2.ts";
import { evaluate } from "../evaluate.ts";

Deno.test("in one dimension it is W2 between sorted samples", async () => {
  // Sorted: 0 1 5 against 2 3 4: sqrt((4 + 4 + 1) / 3).
  const { shape, values } = await evaluate(() =>
    slicedW2(tf.tensor3d([[[5], [0], [1]]]), tf.tensor3d([[[2], [4], [3]]]))
  );
  assertEquals(shape, [1]);
  assertAlmostEquals(values[0], Math.sqrt(3), 1e-5);
});

Deno.test("a shift by s is |s| / sqrt(D) apart, within the draw of directions", async () => {
  // (s p)^2 / |s|^2 = cos^2 has mean 1/2 and variance 1/8 in the plane: over 128
  // directions, W2^2 = 25 (1/2 +- 3 sqrt(1 / 8 / 128)).
  const { values } = await evaluate(() => {
    const x = normal(keys([0]), [50, 2]);
    return slicedW2(x, tf.add(x, tf.tensor1d([3, -4])));
  });
  assertAlmostEquals(values[0] ** 2 / 25, 0.5, 3 * Math.sqrt(1 / 8 / 128));
});

Deno.test("the order of samples does not count, that of members does", async () => {
  const x = normal(keys([0, 1]), [20, 3]);
  const y = normal(keys([2]), [20, 3]);
  const against = await evaluate(() => slicedW2(x, y));
  const reversed = await evaluate(() => slicedW2(tf.reverse(x, 1), y));
  assertEquals(against.shape, [2]);
  assertEquals(reversed.values, against.values);
  const other = await evaluate(() => slicedW2(tf.reverse(x, 0), y));
  assertEquals(other.values, against.values.toReversed());
  const self = await evaluate(() => slicedW2(x, tf.reverse(x, 1)));
  assertEquals(self.values, [0, 0]);
  tf.dispose([x, y]);
});

Deno.test("leading axes are batch: contexts of members against shared contexts", async () => {
  const x = normal(keys([0, 1]), [4, 10, 2]);
  const y = normal(keys([2]), [4, 10, 2]);
  const all = await evaluate(() => slicedW2(x, y));
  assertEquals(all.shape, [2, 4]);
  const [last] =
    (await evaluate(() =>
      slicedW2(tf.slice(x, [1, 3], [1, 1]), tf.slice(y, [0, 3], [1, 1]))
    )).values;
  assertAlmostEquals(all.values[7], last, 1e-6);
  tf.dispose([x, y]);
});

Deno.test("sets of different sizes or dimensions are refused", () => {
  tf.tidy(() => {
    const x = tf.ones([2, 5, 3]);
    for (const shape of [[2, 4, 3], [2, 1, 3], [2, 5, 1], [3, 5, 3], [5, 3]]) {
      assertThrows(() => slicedW2(x, tf.ones(shape)), TypeError, `[${shape}]`);
    }
    assertThrows(() => slicedW2(tf.ones([3]), tf.ones([3])), TypeError);
  });
});
