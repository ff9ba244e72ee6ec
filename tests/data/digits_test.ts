import { assertEquals } from "@std/assert";
import { tf } from "../../lib/tf/backend.ts";
import {
  type Digits,
  type LabelledImages,
  loadDigits,
} from "../../lib/data/digits.ts";

const disposeDigits = ({ reward, judge, test }: Digits) =>
  tf.dispose([reward, judge, test].flatMap((part) => Object.values(part)));

async function classCounts({ labels }: LabelledImages) {
  const counts = new Array(10).fill(0);
  for (const label of await labels.data()) counts[label]++;
  return counts;
}

Deno.test("the 10,000 digits are split into the stated parts, class by class", async () => {
  const before = tf.memory().numTensors;
  const digits = await loadDigits();
  // Class sizes: 1001 1127 991 1032 980 863 1014 1070 944 978. Test takes the
  // pictures 0, 5, 10, ... of a class: ceil(1001 / 5) = 201 of the zeros.
  assertEquals(await classCounts(digits.test), [
    ...[201, 226, 199, 207, 196],
    ...[173, 203, 214, 189, 196],
  ]);
  // Reward takes 1 and 3 of each five: 200 fives of the zeros and no more, as
  // picture 1000 is the test's; 225 fives of the ones, then one more, 1126.
  assertEquals(await classCounts(digits.reward), [
    ...[400, 451, 396, 413, 392],
    ...[345, 406, 428, 378, 391],
  ]);
  assertEquals(await classCounts(digits.judge), [
    ...[400, 450, 396, 412, 392],
    ...[345, 405, 428, 377, 391],
  ]);
  assertEquals(digits.reward.images.shape, [4000, 784]);
  assertEquals(digits.judge.images.shape, [3996, 784]);
  assertEquals(digits.test.images.shape, [2004, 784]);
  assertEquals(tf.memory().numTensors, before + 6);
  disposeDigits(digits);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("no picture is in two parts, and all use the range from -1 to 1", async () => {
  const digits = await loadDigits();
  const seen = new Set<string>();
  let total = 0;
  for (const { images } of [digits.reward, digits.judge, digits.test]) {
    const values = await images.data() as Float32Array;
    for (let i = 0; i < values.length; i += 784) {
      const image = values.subarray(i, i + 784);
      assertEquals([Math.min(...image), Math.max(...image) > 0.5], [-1, true]);
      seen.add(
        new Uint8Array(Uint8Array.from(image, (v) => 127 * v + 128)).join(),
      );
      total++;
    }
  }
  assertEquals(seen.size, total);
  assertEquals(total, 10_000);
  disposeDigits(digits);
});

Deno.test("the digits are the same at every load", async () => {
  const [a, b] = [await loadDigits(), await loadDigits()];
  for (const part of ["reward", "judge", "test"] as const) {
    assertEquals(await a[part].labels.data(), await b[part].labels.data());
    const same = tf.tidy(() =>
      tf.all(tf.equal(a[part].images, b[part].images))
    );
    assertEquals(await same.array(), 1);
    same.dispose();
  }
  disposeDigits(a);
  disposeDigits(b);
});
