import { assert, assertEquals } from "@std/assert";
import { compile } from "../../lib/compile/mod.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { sharesMemory, tensorValues } from "../../lib/tf/tensor_values.ts";

const large = 2 ** 20;

Deno.test("arrays are zeros of the type and the size", () => {
  for (const size of [0, 1, large + 3]) {
    const values = tensorValues("int32", size);
    assertEquals(values.constructor, Int32Array);
    assertEquals(values.length, size);
    assertEquals(values.some((value) => value !== 0), false);
  }
  assertEquals(tensorValues("float32", large).constructor, Float32Array);
});

Deno.test({
  name: "a large tensor holds the array itself, and no copy",
  ignore: !sharesMemory(),
  fn() {
    for (const dtype of ["float32", "int32"] as const) {
      const values = tensorValues(dtype, large).fill(1);
      const tensor = tf.tensor(values, [2, large / 2], dtype);
      tf.tidy(() => tf.sum(tensor).dataSync()); // TensorFlow has taken it.
      values[large - 1] = 7;
      assertEquals(tensor.dataSync()[large - 1], 7);
      tensor.dispose();
    }
  },
});

Deno.test({
  name: "what an op makes of it is another's memory",
  ignore: !sharesMemory(),
  fn() {
    const values = tensorValues("float32", large).fill(1);
    const tensor = tf.tensor(values);
    const sum = tf.tidy(() => tf.add(tf.relu(tensor), 1));
    assertEquals(values[0], 1);
    assertEquals(sum.dataSync()[0], 2);
    tf.dispose([tensor, sum]);
  },
});

Deno.test("tensors that are disposed leave no memory behind", async () => {
  const { rss } = Deno.memoryUsage();
  let most = 0;
  for (let i = 0; i < 100; i++) { // 1.6 GB in all
    const tensor = tf.tensor(tensorValues("float32", 2 ** 22).fill(i));
    assertEquals(tf.tidy(() => tf.max(tensor).dataSync()[0]), i);
    tensor.dispose();
    most = Math.max(most, Deno.memoryUsage().rss - rss);
    await new Promise((resolve) => setTimeout(resolve)); // Garbage is collected.
  }
  assert(most < 8e8, `${most} bytes`);
});

Deno.test("a resident state that came as it lay is replaced step by step", () => {
  type State = { w: Tensor };
  const step = compile(
    ({ w }: State) => ({ state: { w: tf.add(w, 1) }, largest: tf.max(w) }),
    { resident: true },
  );
  const w = tf.tensor(tensorValues("float32", large).fill(5));
  step.push({ w });
  w.dispose();
  for (const expected of [5, 6, 7]) {
    const { largest } = step();
    assertEquals(largest.dataSync()[0], expected);
    largest.dispose();
  }
  step.dispose();
});
