import { assertEquals } from "@std/assert";
import { backend, tf } from "../../lib/tf/backend.ts";
import { tensorValues } from "../../lib/tf/tensor_values.ts";

const gpu = (tf.backend() as unknown as { isUsingGpuDevice?: boolean })
  .isUsingGpuDevice;
const shares = backend.name === "tensorflow" && !gpu;
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
  ignore: !shares,
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
  ignore: !shares,
  fn() {
    const values = tensorValues("float32", large).fill(1);
    const tensor = tf.tensor(values);
    const sum = tf.tidy(() => tf.add(tf.relu(tensor), 1));
    assertEquals(values[0], 1);
    assertEquals(sum.dataSync()[0], 2);
    tf.dispose([tensor, sum]);
  },
});
