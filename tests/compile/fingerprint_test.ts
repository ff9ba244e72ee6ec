import { assertEquals } from "@std/assert";
import { fingerprint, loop } from "../../lib/compile/mod.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { foldIn, keys, normal } from "../../lib/tf/random.ts";

const x = tf.tensor1d([0.1, 0.2]);

async function count(fns: ((x: Tensor) => Tensor)[]): Promise<number> {
  const before = tf.memory().numTensors;
  const found = await Promise.all(fns.map((fn) => fingerprint(fn, [x])));
  assertEquals(tf.memory().numTensors, before);
  return new Set(found).size;
}

Deno.test("functions that differ have fingerprints of their own, also where their values do not", async () => {
  const table = tf.tensor1d([1, 2]);
  const another = tf.tensor1d([1, 2.5]);
  const big = tf.fill([300], 1);
  const fns = [
    (x: Tensor) => tf.clipByValue(x, 0, 1),
    (x: Tensor) => tf.clipByValue(x, 0, 2),
    (x: Tensor) => tf.minimum(x, 3),
    (x: Tensor) => tf.minimum(x, 4),
    (x: Tensor) => tf.where(tf.greater(x, 5), -1, x),
    (x: Tensor) => tf.where(tf.greater(x, 5), -2, x),
    (x: Tensor) => tf.add(x, table),
    (x: Tensor) => tf.add(x, another),
    (x: Tensor) => tf.add(x, tf.mul(0, tf.slice(big, 0, 2))),
    (x: Tensor) => tf.add(tf.clone(x), tf.squeeze(normal(keys([1]), [2]))),
    (x: Tensor) =>
      tf.add(x, tf.squeeze(normal(foldIn(keys([1]), 2), [2]), [0])),
    (x: Tensor) => loop(2, x as Tensor, (x) => tf.mul(x, 2)),
    (x: Tensor) => loop(3, x as Tensor, (x) => tf.mul(x, 2)),
    (x: Tensor) => tf.grad((x: Tensor) => tf.sum(tf.square(x)))(x),
    (x: Tensor) => tf.grad((x: Tensor) => tf.sum(tf.pow(x, 3)))(x),
  ];
  assertEquals(await count(fns), fns.length);
  tf.dispose([table, another, big]);
});

Deno.test("functions that do the same have one fingerprint", async () => {
  const of = (values: number[]) => (x: Tensor) =>
    tf.add(tf.mul(x, 2), tf.tensor1d(values));
  assertEquals(await count([of([1, 2]), of([1, 2]), (y) => of([1, 2])(y)]), 1);
});
