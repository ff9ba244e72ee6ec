import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  countMembers,
  countParams,
  disposeParams,
  initParams,
  repeatParams,
} from "../../lib/models/params.ts";
import { tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";

const specs = {
  kernel: { shape: [40, 50], std: 0.25 },
  bias: { shape: [1, 50], std: 0 },
};

Deno.test("initParams() draws each parameter with its own spread", async () => {
  const params = tf.tidy(() => initParams(keys([1, 2]), specs));
  assertEquals(params.kernel.shape, [2, 40, 50]);
  assertEquals(Object.keys(params), ["kernel", "bias"]);
  const values = [...await params.kernel.data()];
  const mean = values.reduce((a, b) => a + b) / values.length;
  const std = Math.sqrt(
    values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length,
  );
  // 4000 draws: the standard error of the spread is 0.25 / sqrt(8000) = 0.0028.
  assertAlmostEquals(mean, 0, 4 * 0.25 / Math.sqrt(4000));
  assertAlmostEquals(std, 0.25, 4 * 0.0028);
  assertEquals([...await params.bias.data()], Array(100).fill(0));
  disposeParams(params);
});

Deno.test("initParams() gives a member the same values in every population", async () => {
  const [together, alone] = tf.tidy(() => [
    initParams(keys([5, 6, 7]), specs).kernel,
    initParams(keys([6]), specs).kernel,
  ]);
  const rows = await together.array() as number[][][];
  assertEquals([rows[1]], await alone.array() as number[][][]);
  assertEquals(JSON.stringify(rows[0]) === JSON.stringify(rows[1]), false);
  tf.dispose([together, alone]);
});

Deno.test("initParams() draws two parameters of one shape differently", async () => {
  const spec = { shape: [3], std: 1 };
  const { a, b } = tf.tidy(() => initParams(keys([1]), { a: spec, b: spec }));
  const [first, second] = [await a.data(), await b.data()];
  assertEquals(first.some((value, i) => value === second[i]), false);
  tf.dispose([a, b]);
});

Deno.test("repeatParams() refuses more than one member", () => {
  const params = { bias: tf.zeros([2, 3]) };
  assertThrows(() => repeatParams(params, 4), TypeError, "got 2");
  assertThrows(() => repeatParams(params, 0), RangeError, "members");
  disposeParams(params);
});

Deno.test("countParams() and countMembers() refuse params of mixed populations", () => {
  const params = { kernel: tf.zeros([2, 3]), bias: tf.zeros([3, 3]) };
  assertThrows(() => countParams(params), TypeError, "[2,3]");
  assertThrows(() => countMembers({}), TypeError, "got []");
  disposeParams(params);
});

Deno.test("the functions of params leak no tensor", () => {
  const before = tf.memory().numTensors;
  const seeds = keys([1]);
  const params = initParams(seeds, specs);
  const repeated = repeatParams(params, 3);
  assertEquals(tf.memory().numTensors, before + 5);
  disposeParams(params);
  disposeParams(repeated);
  seeds.dispose();
  assertEquals(tf.memory().numTensors, before);
});
