import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { backend, type Tensor, tf } from "../../lib/tf/backend.ts";
import { statelessBits, toNormals, toUniform } from "../../lib/tf/philox.ts";
import { foldIn, keys, normal, uniform } from "../../lib/tf/random.ts";
import { evaluate } from "../evaluate.ts";

const valuesOf = async (draw: () => Tensor) => (await evaluate(draw)).values;

/** Mean and variance. */
function moments(values: number[]): [number, number] {
  const mean = values.reduce((a, b) => a + b) / values.length;
  const squares = values.reduce((a, b) => a + (b - mean) ** 2, 0);
  return [mean, squares / values.length];
}

/** Correlation of two rows. */
function correlation(a: number[], b: number[]): number {
  const [[meanA, varA], [meanB, varB]] = [moments(a), moments(b)];
  const products = a.map((value, i) => (value - meanA) * (b[i] - meanB));
  return moments(products)[0] / Math.sqrt(varA * varB);
}

function assertClose(actual: number[], expected: number[], tolerance = 1e-6) {
  assertEquals(actual.length, expected.length);
  actual.forEach((value, i) =>
    assertAlmostEquals(value, expected[i], tolerance)
  );
}

// Recorded from TensorFlow 2.21's StatelessRandomNormal, StatelessRandomUniform
// and StatelessRandomUniformFullInt, seeds [0, 0] and [7, 0].
Deno.test("normal() gives the numbers of TensorFlow on every backend", async () => {
  assertClose(await valuesOf(() => normal(keys([0, 7]), [5])), [
    ...[-1.697034, -0.4813767, -0.6622369, 0.0870112, -1.0001622],
    ...[-0.6741728, -0.3586926, -1.8795817, -1.4728931, -2.0062537],
  ]);
});

Deno.test("uniform() gives the numbers of TensorFlow on every backend", async () => {
  assertClose(await valuesOf(() => uniform(keys([0, 7]), [5])), [
    ...[0.2110155, 0.70601, 0.8000634, 0.7707922, 0.3885887],
    ...[0.7470788, 0.6721802, 0.0577796, 0.6442132, 0.0703086],
  ]);
});

Deno.test("foldIn() gives the bits of TensorFlow on every backend", async () => {
  assertEquals(
    await valuesOf(() => foldIn(keys([0, 7]), 0)),
    [-533683666, 1511874585, -363073329, -1709400017],
  );
  assertEquals(
    await valuesOf(() => foldIn(keys([0, 7]), 1)),
    [-439524108, -229795496, 116409124, -1941205391],
  );
  // The largest seed: the sum with the offset wraps around.
  assertEquals(
    await valuesOf(() => foldIn(keys([2147483647]), -1)),
    [319548785, 454810259],
  );
});

Deno.test({
  name: "the stream in TypeScript is that of native TensorFlow",
  ignore: backend.name !== "tensorflow",
  fn: async () => {
    // Folding yields keys of either sign, that of whole int32.
    for (const purpose of [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)]) {
      const folded = () => foldIn(keys([123456789]), purpose);
      const [a, b] = await valuesOf(folded);
      const bits = statelessBits([a, b], 1002);
      const normals = [...bits].flatMap((_, i) =>
        i % 2 ? [] : toNormals(bits[i], bits[i + 1])
      );
      assertEquals(
        await valuesOf(() => uniform(folded(), [1001])),
        [...bits.subarray(0, 1001)].map(toUniform),
      );
      // TensorFlow turns by an angle of float32: 2 pi 2^-24, at a radius up to 5.7.
      assertClose(
        await valuesOf(() => normal(folded(), [1001])),
        normals.slice(0, 1001),
        3e-6,
      );
    }
  },
});

Deno.test("normal() has the moments of a standard normal", async () => {
  const count = 20_000;
  const values = await valuesOf(() => normal(keys([1]), [count]));
  const [mean, variance] = moments(values);
  const [fourth] = moments(values.map((value) => value ** 4));
  // Standard errors: 1 / sqrt(n), sqrt(2 / n) and sqrt(96 / n).
  assert(Math.abs(mean) < 4 / Math.sqrt(count), `mean ${mean}`);
  assert(Math.abs(variance - 1) < 4 * Math.sqrt(2 / count), `var ${variance}`);
  assert(Math.abs(fourth - 3) < 4 * Math.sqrt(96 / count), `4th ${fourth}`);
});

Deno.test("uniform() has the moments of [0, 1)", async () => {
  const count = 20_000;
  const values = await valuesOf(() => uniform(keys([1]), [count]));
  const [mean, variance] = moments(values);
  // Standard errors: 1 / sqrt(12 n) and 1 / sqrt(180 n).
  assert(Math.abs(mean - 1 / 2) < 4 / Math.sqrt(12 * count));
  assert(Math.abs(variance - 1 / 12) < 4 / Math.sqrt(180 * count));
  assert(values.every((value) => value >= 0 && value < 1));
});

Deno.test("rows of different seeds are uncorrelated", async () => {
  const count = 10_000;
  const values = await valuesOf(() => normal(keys([1, 2]), [count]));
  const r = correlation(values.slice(0, count), values.slice(count));
  assert(Math.abs(r) < 4 / Math.sqrt(count), `correlation ${r}`);
});

Deno.test("a row depends on its own key only", async () => {
  for (const draw of [normal, uniform]) {
    const together = await valuesOf(() => draw(keys([4, 5, 6]), [3, 2]));
    const alone = await valuesOf(() => draw(keys([5]), [3, 2]));
    assertEquals(together.slice(6, 12), alone);
  }
  const together = await valuesOf(() => foldIn(keys([4, 5, 6]), 9));
  const alone = await valuesOf(() => foldIn(keys([5]), 9));
  assertEquals(together.slice(2, 4), alone);
});

Deno.test("the same key gives the same draw, another key another", async () => {
  const draw = (seed: number) => valuesOf(() => normal(keys([seed]), [4]));
  assertEquals(await draw(3), await draw(3));
  assertNotEquals(await draw(3), await draw(4));
});

Deno.test("folded keys are distinct and their streams uncorrelated", async () => {
  const count = 2_000;
  const streams: number[][] = [];
  const seen = new Set<string>();
  for (const data of [0, 1, 2, 3, -1, 1000]) {
    const folded = () => foldIn(keys([0, 1]), data);
    const [a, b, c, d] = await valuesOf(folded);
    seen.add(`${a} ${b}`).add(`${c} ${d}`);
    const values = await valuesOf(() => normal(folded(), [count]));
    streams.push(values.slice(0, count), values.slice(count));
  }
  assertEquals(seen.size, 12);
  streams.push(await valuesOf(() => normal(keys([0]), [count])));
  for (const [i, a] of streams.entries()) {
    for (const b of streams.slice(i + 1)) {
      // 78 pairs: five standard errors.
      assert(Math.abs(correlation(a, b)) < 5 / Math.sqrt(count));
    }
  }
});

Deno.test("foldIn() twice depends on the order", async () => {
  const fold = (first: number, second: number) =>
    valuesOf(() => foldIn(foldIn(keys([0]), first), second));
  assertNotEquals(await fold(1, 2), await fold(2, 1));
});

Deno.test("foldIn() takes an iteration as a tensor", async () => {
  assertEquals(
    await valuesOf(() => foldIn(keys([8]), tf.scalar(12, "int32"))),
    await valuesOf(() => foldIn(keys([8]), 12)),
  );
});

Deno.test("draws have the shape asked for, scalars and none too", async () => {
  for (const shape of [[], [1], [0], [3, 2, 2]]) {
    for (const draw of [normal, uniform]) {
      const result = await evaluate(() => draw(keys([1, 2]), shape));
      assertEquals(result.shape, [2, ...shape]);
    }
  }
});

Deno.test("keys, folds and draws outside of a tidy make one tensor each", () => {
  const before = tf.memory().numTensors;
  const made: Tensor[] = [keys([1, 2])];
  made.push(foldIn(made[0], 3), normal(made[0], [4]), uniform(made[0], [4]));
  assertEquals(tf.memory().numTensors, before + 4);
  tf.dispose(made);
});

Deno.test("keys() refuses seeds that are no int32 of 0 or more", () => {
  for (const seed of [-1, 0.5, NaN, 2 ** 31]) {
    assertThrows(() => keys([0, seed]), RangeError, `got ${seed}`);
  }
  assertThrows(() => keys([]), RangeError, "got none");
});

Deno.test("draws refuse what are no keys, foldIn() what is no int32", () => {
  const [floats, vector] = [tf.zeros([1, 2]), tf.zeros([2], "int32")];
  for (const wrong of [floats, vector]) {
    for (const draw of [normal, uniform]) {
      assertThrows(() => draw(wrong, [3]), TypeError, "Expected keys");
    }
    assertThrows(() => foldIn(wrong, 0), TypeError, "Expected keys");
  }
  const key = keys([0]);
  assertThrows(() => foldIn(key, 0.5), RangeError, "got 0.5");
  assertThrows(() => foldIn(key, 2 ** 31), RangeError, "int32");
  assertThrows(() => foldIn(key, vector), TypeError, "int32 scalar");
  tf.dispose([floats, vector, key]);
});
