import { assertEquals, assertThrows } from "@std/assert";
import { join } from "node:path";
import { root } from "../../lib/data/files.ts";
import { runCommand } from "../../lib/setup/run_command.ts";
import { backend, type Tensor, tf } from "../../lib/tf/backend.ts";
import {
  useNativeKernels,
  useShippedKernels,
} from "../../lib/tf/native_kernels.ts";
import { evaluate } from "../evaluate.ts";

const valuesOf = async (make: () => Tensor) => (await evaluate(make)).values;
const native = backend.name === "tensorflow";

/** Calls of the backend's ops and reads while an action runs. */
function spy(action: () => void): string[] {
  const calls: string[] = [];
  const target = tf.backend() as unknown as Record<
    string,
    (...args: unknown[]) => unknown
  >;
  const names = ["executeSingleOutput", "readSync"];
  const originals = names.map((name) => target[name]);
  names.forEach((name, i) => {
    target[name] = function (...args) {
      calls.push(name === "readSync" ? name : args[0] as string);
      return originals[i].apply(this, args);
    };
  });
  try {
    action();
  } finally {
    names.forEach((name) => delete target[name]);
  }
  return calls;
}

Deno.test("a product of matrices is right, transposed or not", async () => {
  const a = [[1, 2], [3, 4], [5, 6]]; // [3, 2]
  const b = [[1, 0, 2], [0, 1, 3]]; // [2, 3]
  const plain = await valuesOf(() => tf.matMul(a, b));
  // Row 1 is 1 (1, 0, 2) + 2 (0, 1, 3) = (1, 2, 8).
  assertEquals(plain, [1, 2, 8, 3, 4, 18, 5, 6, 28]);
  const transposed = await valuesOf(() => tf.matMul(b, a, true, true));
  assertEquals(transposed, [1, 3, 5, 2, 4, 6, 8, 18, 28]);
});

Deno.test({
  name: "a product of matrices is one MatMul, a product of batches is not",
  ignore: !native,
  fn: () => {
    const ops = (shape: number[]) =>
      spy(() => tf.tidy(() => tf.matMul(tf.ones(shape), tf.ones(shape))))
        .filter((op) => op.includes("MatMul"));
    assertEquals(ops([2, 2]), ["MatMul"]);
    assertEquals(ops([3, 2, 2]), ["BatchMatMulV2"]);
  },
});

/** Whether the processor has products of bfloat16. */
const rounds = native && Deno.build.os === "linux" &&
  await runCommand("sh", [
      ...["-c", "grep -cE 'amx_bf16|avx512_bf16' /proc/cpuinfo || true"],
    ]) !== "0\n";

Deno.test({
  name:
    "where oneDNN is asked for bfloat16, factors of products are rounded to it, in graphs too",
  ignore: !rounds,
  fn: async () => {
    const script = await Deno.makeTempFile({ suffix: ".js" });
    await Deno.writeTextFile(
      script,
      `const { compile, tf } = await import("${new URL(
        "../../lib/mod.ts",
        import.meta.url,
      )}");
      const a = tf.fill([64, 64], 1 + 2 ** -10);
      const product = (a) => tf.matMul(a, tf.eye(64));
      const compiled = compile(product);
      console.log(product(a).dataSync()[0], compiled(a).dataSync()[0]);`,
    );
    const productsIn = (mode: string) =>
      runCommand("deno", [
        ...["run", "--quiet", "--no-lock", "--no-prompt", "--allow-ffi"],
        ...["--allow-read", "--allow-env", "--allow-sys", "--allow-write"],
        ...["--config", join(root, "deno.json"), script],
      ], { env: { ONEDNN_DEFAULT_FPMATH_MODE: mode }, seconds: 60 });
    // 1 + 2^-10 needs ten bits, of which bfloat16 has seven.
    assertEquals(await productsIn("STRICT"), "1.0009765625 1.0009765625\n");
    assertEquals(await productsIn("BF16"), "1 1\n");
    await Deno.remove(script);
  },
});

Deno.test("rows are gathered, along an axis and by batches", async () => {
  const x = [[1, 2, 3], [4, 5, 6]];
  const columns = await valuesOf(() => tf.gather(tf.tensor2d(x), [2, 0], 1));
  assertEquals(columns, [3, 1, 6, 4]);
  const indices = [[2, 0], [1, 1]];
  const batches = await valuesOf(() =>
    tf.gather(tf.tensor2d(x), tf.tensor2d(indices, [2, 2], "int32"), 1, 1)
  );
  assertEquals(batches, [3, 1, 5, 5]);
});

Deno.test({
  name: "gathering reads no value and leaves no tensor",
  ignore: !native,
  fn: () => {
    const x = tf.tensor2d([[1, 2], [3, 4]]);
    const indices = tf.tensor1d([1], "int32");
    const before = tf.memory().numTensors;
    const calls = spy(() => tf.gather(x, indices).dispose());
    assertEquals(calls.filter((name) => name === "readSync"), []);
    assertEquals(tf.memory().numTensors, before);
    tf.dispose([x, indices]);
  },
});

Deno.test({
  name: "TensorFlow refuses to gather a row that is not there",
  ignore: !native || !backend.device.includes("cores"),
  fn: () => {
    const gather = () => tf.tidy(() => tf.gather(tf.tensor1d([1, 2]), [2]));
    assertThrows(gather, Error, "not in [0, 2)");
  },
});

Deno.test({
  name: "the shipped kernels come back, and go again",
  ignore: !native,
  fn: () => {
    const ops = () =>
      spy(() => tf.tidy(() => tf.matMul(tf.ones([2, 2]), tf.ones([2, 2]))))
        .filter((op) => op.includes("MatMul"));
    try {
      useShippedKernels(tf);
      assertEquals(ops(), ["BatchMatMulV2"]);
    } finally {
      useNativeKernels(tf);
    }
    assertEquals(ops(), ["MatMul"]);
  },
});
