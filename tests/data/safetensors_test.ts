import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { fileURLToPath } from "node:url";
import { tf } from "../../lib/tf/backend.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  readSafetensors,
  writeSafetensors,
} from "../../lib/data/safetensors.ts";

const fixture = new URL("fixtures/python.safetensors", import.meta.url);

/** A file with the given header and a number of zero bytes of values. */
function file(header: unknown, valueBytes = 0): Uint8Array {
  const json = typeof header === "string" ? header : JSON.stringify(header);
  const text = new TextEncoder().encode(json);
  const bytes = new Uint8Array(8 + text.length + valueBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

function refuses(bytes: Uint8Array, message: string) {
  const before = tf.memory().numTensors;
  assertThrows(() => decodeSafetensors(bytes), RangeError, message);
  assertEquals(tf.memory().numTensors, before);
}

Deno.test("a file written by Python's safetensors is read", async () => {
  const { tensors, metadata } = decodeSafetensors(await Deno.readFile(fixture));
  assertEquals(metadata, { origin: "python" });
  assertEquals(Object.keys(tensors), ["scalar", "weights", "ids"]);
  assertEquals(await tensors.scalar.array(), 7);
  assertEquals(await tensors.weights.array(), [
    [1.5, -2, 0.25],
    [Math.fround(3e-8), Infinity, -0],
  ]);
  assertEquals(await tensors.ids.array(), [1, -2, 2147483647]);
  assertEquals(tensors.ids.dtype, "int32");
  tf.dispose(tensors);
});

Deno.test("the same tensors are written as the bytes that Python writes", async () => {
  const bytes = await Deno.readFile(fixture);
  const { tensors, metadata } = decodeSafetensors(bytes);
  assertEquals(await encodeSafetensors(tensors, metadata), bytes);
  tf.dispose(tensors);
});

Deno.test("encode then decode returns names, shapes, values and metadata", async () => {
  const shape = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 });
  await fc.assert(fc.asyncProperty(
    fc.dictionary(fc.string(), shape, { maxKeys: 4 }),
    fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
    async (shapes, metadata) => {
      const before = tf.memory().numTensors;
      const tensors = Object.fromEntries(
        Object.entries(shapes).map(([name, shape], i) => [
          name,
          i % 2 ? tf.ones(shape, "int32") : tf.fill(shape, Math.fround(0.1)),
        ]),
      );
      const back = decodeSafetensors(
        await encodeSafetensors(tensors, metadata),
      );
      assertEquals({ ...back.metadata }, { ...metadata });
      assertEquals(Object.keys(back.tensors), Object.keys(tensors));
      for (const [name, tensor] of Object.entries(tensors)) {
        assertEquals(back.tensors[name].shape, tensor.shape);
        assertEquals(back.tensors[name].dtype, tensor.dtype);
        assertEquals(await back.tensors[name].data(), await tensor.data());
      }
      tf.dispose([tensors, back.tensors]);
      assertEquals(tf.memory().numTensors, before);
    },
  ));
});

Deno.test("floats in half precision are rounded to the nearest, integers stay", async () => {
  const values = [0.1, -1, 65504, 1e-8, 70000];
  const tensors = {
    floats: tf.tensor1d(values),
    ids: tf.tensor1d([7, 70001], "int32"),
  };
  const bytes = await encodeSafetensors(tensors, {}, { half: true });
  const back = decodeSafetensors(bytes).tensors;
  assertEquals(
    await back.floats.data(),
    new Float32Array(new Float16Array(values)),
  );
  assertEquals(await back.ids.array(), [7, 70001]);
  assertEquals([back.floats.dtype, back.ids.dtype], ["float32", "int32"]);
  tf.dispose([tensors, back]);
});

Deno.test("every truncation of a file is refused", async () => {
  const bytes = await Deno.readFile(fixture);
  for (let length = 0; length < bytes.length; length++) {
    assertThrows(() => decodeSafetensors(bytes.slice(0, length)), RangeError);
  }
  refuses(bytes.slice(0, 5), "at least 8 bytes, got 5 bytes");
  refuses(bytes.slice(0, -1), "expected 40 bytes of values, got 39");
});

Deno.test("a header longer than the file or than the limit is refused", () => {
  const bytes = file({});
  new DataView(bytes.buffer).setBigUint64(0, 2n ** 60n, true);
  refuses(bytes, "header of at most 2 bytes, got 1152921504606846976");
});

Deno.test("a header that is not an object of tensors is refused", () => {
  refuses(file("{"), "header of JSON");
  refuses(file([]), "to be an object");
  refuses(file({ a: 1 }), '"a" to have dtype, shape and data_offsets');
  refuses(file({ __metadata__: { step: 1 } }), "metadata of strings");
});

Deno.test("offsets that overlap, leave a gap or disagree with the shape are refused", () => {
  const entry = (shape: number[], data_offsets: number[], dtype = "F32") => ({
    dtype,
    shape,
    data_offsets,
  });
  const a = entry([2], [0, 8]);
  refuses(file({ a, b: entry([2], [4, 12]) }, 12), '"b" to begin at 8, got 4');
  refuses(
    file({ a, b: entry([1], [12, 16]) }, 16),
    '"b" to begin at 8, got 12',
  );
  refuses(file({ a }, 12), "expected 8 bytes of values, got 12");
  refuses(file({ a: entry([3], [0, 8]) }, 8), "expected 12 bytes");
  refuses(file({ a: entry([-2], [8, 0]) }, 8), "shape");
  refuses(file({ a: entry([2], [0, 8], "F64") }, 8), "F32, F16 or I32");
  refuses(file({ a: entry([2], [0, 8], "toString") }, 8), "F32, F16 or I32");
});

Deno.test("a tensor without values may lie where another begins", () => {
  const header = {
    a: { dtype: "F32", shape: [1], data_offsets: [0, 4] },
    b: { dtype: "F32", shape: [0], data_offsets: [0, 0] },
  };
  const { tensors } = decodeSafetensors(file(header, 4));
  assertEquals(tensors.b.shape, [0]);
  tf.dispose(tensors);
});

Deno.test("a file written a tensor at a time is the one encoded at once, or the old one", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/model.safetensors`;
  const tensors = { a: tf.tensor1d([1, 2]), b: tf.tensor1d([3], "int32") };
  await writeSafetensors(path, tensors, { step: "7" });
  const bytes = await Deno.readFile(path);
  assertEquals(bytes, await encodeSafetensors(tensors, { step: "7" }));

  tensors.b.dispose(); // The write fails after the first tensor.
  await assertRejects(() => writeSafetensors(path, tensors));
  assertEquals(await Deno.readFile(path), bytes);
  assertEquals([...Deno.readDirSync(folder)].length, 1);
  tensors.a.dispose();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("tensors that are not numbers are not encoded", async () => {
  const alive = tf.tensor1d([true], "bool");
  const error = await assertRejects(
    () => encodeSafetensors({ alive }),
    TypeError,
  );
  assert(error.message.includes('"alive"') && error.message.includes("bool"));
  alive.dispose();
});

Deno.test("what could not be read back is not encoded", async () => {
  const x = tf.ones([1]);
  const metadata = { step: 7 } as unknown as Record<string, string>;
  await assertRejects(
    () => encodeSafetensors({ x }, metadata),
    TypeError,
    'expected metadata of strings, got {"step":7}',
  );
  await assertRejects(
    () => encodeSafetensors({ __metadata__: x }),
    RangeError,
    '"__metadata__"',
  );
  await assertRejects(
    () => encodeSafetensors({ x }, { text: "x".repeat(1e8) }),
    RangeError,
    "at most 100000000 bytes",
  );
  x.dispose();
});

Deno.test("readSafetensors() reads a file, and names one that is damaged", async () => {
  const { tensors } = await readSafetensors(fileURLToPath(fixture));
  assertEquals(await tensors.scalar.array(), 7);
  tf.dispose(tensors);
  const path = await Deno.makeTempFile();
  await Deno.writeFile(path, (await Deno.readFile(fixture)).slice(0, -1));
  await assertRejects(() => readSafetensors(path), RangeError, path);
  await Deno.remove(path);
  await assertRejects(() => readSafetensors(path), Deno.errors.NotFound, path);
});
