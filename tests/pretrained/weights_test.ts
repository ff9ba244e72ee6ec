import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { fileURLToPath } from "node:url";
import { encodeSafetensors } from "../../lib/data/safetensors.ts";
import {
  openWeights,
  type Weights,
} from "../../lib/pretrained/checkpoints/weights.ts";
import { tf } from "../../lib/tf/backend.ts";
import { sharesMemory } from "../../lib/tf/tensor_values.ts";

/** What fixtures/weights.py wrote, with the versions that it names. */
const fixtures = fileURLToPath(new URL("fixtures/", import.meta.url));

/** Runs a test on a checkpoint, and closes it. */
async function withWeights(
  path: string,
  use: (weights: Weights) => Promise<void>,
) {
  const before = tf.memory().numTensors;
  const weights = await openWeights(path);
  try {
    await use(weights);
  } finally {
    weights.close();
  }
  assertEquals(tf.memory().numTensors, before);
}

async function values({ read }: Weights, name: string, shape: number[]) {
  const tensor = await read(name, shape);
  const found = { dtype: tensor.dtype, values: await tensor.array() };
  tensor.dispose();
  return found;
}

/** Runs a test in a folder of its own, which holds the given files. */
async function inFolder(
  files: Record<string, string | Uint8Array>,
  use: (folder: string) => Promise<void>,
) {
  const folder = await Deno.makeTempDir();
  for (const [name, content] of Object.entries(files)) {
    const bytes = typeof content === "string"
      ? new TextEncoder().encode(content)
      : content;
    await Deno.writeFile(`${folder}/${name}`, bytes);
  }
  await use(folder).finally(() => Deno.remove(folder, { recursive: true }));
}

async function small(): Promise<Uint8Array> {
  const a = tf.tensor1d([1, 2]);
  const bytes = await encodeSafetensors({ a });
  a.dispose();
  return bytes;
}

Deno.test("each dtype that torch writes becomes the numbers that torch has", async () => {
  await withWeights(`${fixtures}dtypes`, async (weights) => {
    assertEquals(weights.config, { _class_name: "Dtypes" });
    const shape = [2, 3];
    assertEquals(await values(weights, "f32", shape), {
      dtype: "float32",
      values: [[0.1, -2.5, 65504], [-0, Infinity, 1e-7]]
        .map((row) => row.map(Math.fround)),
    });
    assertEquals(await values(weights, "f16", shape), {
      dtype: "float32",
      values: [[0.0999755859375, -2.5, 65504], [-0, Infinity, 2 ** -23]],
    });
    assertEquals(await values(weights, "bf16", shape), {
      dtype: "float32",
      values: [
        [0.10009765625, -2.5, 65536],
        [-0, Infinity, 1.0011717677116394e-7],
      ],
    });
    assertEquals((await values(weights, "scalar", [])).values, 7);
    assertEquals((await values(weights, "empty", [0, 4])).values, []);
    assertEquals(await values(weights, "i32", [3]), {
      dtype: "int32",
      values: [1, -2, 2147483647],
    });
    assertEquals(await values(weights, "i64", [1, 3]), {
      dtype: "int32",
      values: [[1, -2, -2147483648]],
    });
  });
});

Deno.test({
  name: "a large tensor is read into its own memory: there is no copy of it",
  ignore: !sharesMemory(),
  async fn() {
    const shape = [300, 300];
    const a = tf.tidy(() => tf.range(0, 90_000).reshape(shape));
    const bytes = await encodeSafetensors({ a });
    const files = { "config.json": "{}", "model.safetensors": bytes };
    await inFolder(files, (folder) =>
      withWeights(folder, async ({ read }) => {
        const tensor = await read("a", shape);
        const values = tensor.dataSync(); // Until an op takes it, what was read.
        tf.tidy(() =>
          assertEquals(tf.max(tf.abs(tf.sub(tensor, a))).dataSync()[0], 0)
        );
        values[89_999] = -1;
        assertEquals(tensor.dataSync()[89_999], -1);
        tensor.dispose();
      }));
    a.dispose();
  },
});

Deno.test("what cannot be a number here is refused when it is read, not before", async () => {
  await withWeights(`${fixtures}dtypes`, async ({ read }) => {
    await assertRejects(() => read("mask", [2]), RangeError, "got BOOL");
    await assertRejects(() => read("too_wide", [1]), RangeError, "2147483648");
  });
});

Deno.test("a model that transformers saved in shards is read whole", async () => {
  const expected: Record<
    string,
    { shape: number[]; sum: number; moment: number }
  > = JSON.parse(await Deno.readTextFile(`${fixtures}sharded.json`));
  await withWeights(`${fixtures}sharded`, async (weights) => {
    assertEquals(weights.config.hidden_size, 16);
    assertEquals(weights.names.toSorted(), Object.keys(expected).sort());
    // All at once: reads may overlap.
    await Promise.all(weights.names.map(async (name) => {
      const { shape, sum, moment } = expected[name];
      const tensor = await weights.read(name, shape);
      const found = Array.from(await tensor.data());
      tensor.dispose();
      assertAlmostEquals(found.reduce((a, b) => a + b, 0), sum, 1e-9, name);
      assertAlmostEquals(
        found.reduce((total, value, i) => total + value * i, 0),
        moment,
        1e-6,
        name,
      );
    }));
  });
});

Deno.test("values over many chunks are decoded in their places", async () => {
  const size = 2 ** 18 + 3;
  const header = JSON.stringify({
    x: { dtype: "BF16", shape: [size], data_offsets: [0, 2 * size] },
  });
  const bytes = new Uint8Array(8 + header.length + 2 * size);
  new DataView(bytes.buffer).setUint32(0, header.length, true);
  bytes.set(new TextEncoder().encode(header), 8);
  // Finite numbers without a period.
  const bits = Uint16Array.from(
    { length: size },
    (_, i) => Math.imul(i, 0x9e3779b1) >>> 18,
  );
  const floats = new Float32Array(
    Uint32Array.from(bits, (half) => half << 16).buffer,
  );
  bytes.set(new Uint8Array(bits.buffer), 8 + header.length);
  await inFolder(
    { "config.json": "{}", "model.safetensors": bytes },
    (folder) =>
      withWeights(folder, async ({ read }) => {
        const x = await read("x", [size]);
        assertEquals(await x.data(), floats);
        x.dispose();
      }),
  );
});

Deno.test("the first wrong name or shape is named", async () => {
  await withWeights(`${fixtures}dtypes`, async (weights) => {
    await assertRejects(
      () => weights.read("f32", [3, 2]),
      RangeError,
      `"f32" of ${fixtures}dtypes: expected shape [3,2], got [2,3]`,
    );
    await assertRejects(() => weights.read("f33", [2]), RangeError, '"f33"');
    weights.close();
    await assertRejects(
      () => weights.read("f32", [2, 3]),
      RangeError,
      "closed",
    );
  });
});

Deno.test("a folder without a checkpoint, or with one too many, says what it needs", async () => {
  await assertRejects(
    () => openWeights(`${fixtures}nowhere`),
    Deno.errors.NotFound,
    "config.json",
  );
  await inFolder({ "config.json": "{}" }, (folder) =>
    assertRejects(
      () => openWeights(folder),
      RangeError,
      "expected one of model.safetensors, model.safetensors.index.json",
    ).then(() => {}));
  const bytes = await small();
  const fp16 = "diffusion_pytorch_model.fp16.safetensors";
  const ema = "diffusion_pytorch_model.ema.safetensors";
  await inFolder(
    { "config.json": "{}", [fp16]: bytes },
    (folder) =>
      withWeights(
        folder,
        ({ names }) => Promise.resolve(assertEquals(names, ["a"])),
      ),
  );
  await inFolder(
    { "config.json": "{}", [fp16]: bytes, [ema]: bytes },
    (folder) =>
      assertRejects(() => openWeights(folder), RangeError, fp16).then(() => {}),
  );
});

Deno.test("damaged files are refused, and named", async () => {
  const bytes = await small();
  const index = (weight_map: unknown) => ({
    "config.json": "{}",
    "model.safetensors.index.json": JSON.stringify({ weight_map }),
    "model-00001-of-00001.safetensors": bytes,
  });
  const refused: [Record<string, string | Uint8Array>, string][] = [
    [{ "config.json": "{" }, "config.json: expected JSON"],
    [{ "config.json": "[]" }, "config.json: expected an object"],
    [{ "config.json": "{}", "model.safetensors": "12345" }, "got 5 bytes"],
    [
      { "config.json": "{}", "model.safetensors": bytes.slice(0, -1) },
      "model.safetensors: Cannot decode safetensors: expected 8 bytes of values, got 7",
    ],
    [index(["a"]), "weight_map"],
    [index({ a: "../model-00001-of-00001.safetensors" }), "of its folder"],
    [
      index({ a: "model-00002-of-00002.safetensors" }),
      'expected "a" in a file of its folder, got "model-00002-of-00002.safetensors"',
    ],
    [index({ b: "model-00001-of-00001.safetensors" }), '"b"'],
  ];
  for (const [files, message] of refused) {
    await inFolder(
      files,
      (folder) =>
        assertRejects(() => openWeights(folder), RangeError, message)
          .then(() => {}),
    );
  }
});
