import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { openGguf } from "../../lib/pretrained/checkpoints/gguf.ts";
import {
  type GgufHeader,
  readGgufHeader,
} from "../../lib/pretrained/checkpoints/gguf_header.ts";
import { readStored } from "../../lib/pretrained/checkpoints/stored_tensor.ts";
import { ggufBytes, join, text, typed, u32, u64 } from "./gguf_bytes.ts";

/** Writes a file, and gives its path to a test. */
async function inFile<T>(
  bytes: Uint8Array,
  use: (path: string) => T | Promise<T>,
): Promise<T> {
  const path = await Deno.makeTempFile({ suffix: ".gguf" });
  await Deno.writeFile(path, bytes);
  try {
    return await use(path);
  } finally {
    await Deno.remove(path);
  }
}

function withHeader<T>(
  bytes: Uint8Array,
  use: (header: GgufHeader) => T | Promise<T>,
): Promise<T> {
  return inFile(bytes, async (path) => {
    using file = await Deno.open(path);
    return await use(readGgufHeader(file, path));
  });
}

function refuses(bytes: Uint8Array, message: string) {
  return inFile(bytes, async (path) => {
    using file = await Deno.open(path);
    const error = assertThrows(
      () => readGgufHeader(file, path),
      RangeError,
      message,
    );
    assertEquals(error.message.startsWith(`Cannot read ${path}: `), true);
  });
}

Deno.test("metadata of every type are read, in any order", async () => {
  const bytes = ggufBytes([
    ["u8", typed.u8(255)],
    ["i8", typed.i8(-1)],
    ["u16", typed.u16(65535)],
    ["i16", typed.i16(-2)],
    ["u32", typed.u32(2 ** 32 - 1)],
    ["i32", typed.i32(-(2 ** 31))],
    ["f32", typed.f32(0.1)],
    ["truth", typed.truth(true)],
    ["text", typed.text("naïve 🎉")],
    ["u64", typed.u64(2 ** 40)],
    ["i64", typed.i64(-(2 ** 40))],
    ["f64", typed.f64(0.1)],
    ["texts", typed.list(8, [text("a"), text(""), text("é")])],
    ["numbers", typed.list(4, [u32(1), u32(2)])],
    ["nothing", typed.list(8, [])],
  ]);
  await withHeader(bytes, ({ value, tensors }) => {
    assertEquals(value("texts"), ["a", "", "é"]);
    assertEquals(value("numbers"), [1, 2]);
    assertEquals(value("nothing"), []);
    assertEquals(value("u8"), 255);
    assertEquals(value("i8"), -1);
    assertEquals(value("u16"), 65535);
    assertEquals(value("i16"), -2);
    assertEquals(value("u32"), 2 ** 32 - 1);
    assertEquals(value("i32"), -(2 ** 31));
    assertEquals(value("f32"), Math.fround(0.1));
    assertEquals(value("truth"), true);
    assertEquals(value("text"), "naïve 🎉");
    assertEquals(value("u64"), 2 ** 40);
    assertEquals(value("i64"), -(2 ** 40));
    assertEquals(value("f64"), 0.1);
    assertEquals(value("other"), undefined);
    assertEquals(tensors.size, 0);
  });
});

Deno.test("tensors lie at the file's own alignment", async () => {
  const tensors = [
    { name: "a", shape: [2, 3], offset: 0 },
    { name: "b", shape: [], offset: 64 },
    { name: "c", shape: [0, 4], offset: 128 },
    { name: "d", shape: [5, 1, 1, 1], offset: 128 },
  ];
  const aligned: [string, Uint8Array] = ["general.alignment", typed.u32(64)];
  await inFile(ggufBytes([aligned], tensors, 64), async (path) => {
    using file = await Deno.open(path);
    const header = readGgufHeader(file, path);
    const read = (name: string) => {
      const tensor = readStored(header.tensors.get(name)!);
      const values = tensor.arraySync();
      tensor.dispose();
      return values;
    };
    assertEquals(read("a"), [[0, 1, 2], [3, 4, 5]]);
    assertEquals(read("b"), 0);
    assertEquals(read("c"), []);
    assertEquals(read("d"), [[[[0]]], [[[1]]], [[[2]]], [[[3]]], [[[4]]]]);
  });
  await refuses(ggufBytes([], tensors), '"b" at 32, got 64');
});

Deno.test("a header that contradicts itself is refused", async () => {
  const one: [string, Uint8Array] = ["one", typed.u8(1)];
  await refuses(ggufBytes([one, one]), 'expected one "one", got two');
  const a = { name: "a", shape: [8], offset: 0 };
  await refuses(
    ggufBytes([], [a, { ...a, offset: 32 }]),
    'expected one "a", got two',
  );
  await refuses(
    ggufBytes([["nested", typed.list(9, [])]]),
    "expected numbers or texts at",
  );
  await refuses(ggufBytes([["x", u32(13)]]), "got type 13");
  await refuses(
    ggufBytes([["general.alignment", typed.u32(0)]]),
    "general.alignment of bytes, got 0",
  );
  await refuses(
    ggufBytes([], [{ ...a, shape: [1, 1, 1, 1, 8] }]),
    'at most 4 axes of "a", got 5',
  );
  const notText = join(u64(2), new Uint8Array([0xc3, 0x28]));
  await refuses(
    join(new TextEncoder().encode("GGUF"), u32(3), u64(0), u64(1), notText),
    "expected text at 32, got other bytes",
  );
});

Deno.test("a model that cannot be had from the file alone says why", async () => {
  const whole: Record<string, Uint8Array> = {
    "general.architecture": typed.text("llama"),
    "llama.block_count": typed.u32(1),
    "llama.context_length": typed.u32(8),
    "llama.embedding_length": typed.u32(4),
    "llama.feed_forward_length": typed.u32(4),
    "llama.attention.head_count": typed.u32(2),
    "llama.attention.layer_norm_rms_epsilon": typed.f32(1e-5),
  };
  const embedding = { name: "token_embd.weight", shape: [3, 4], offset: 0 };
  const open = (changes: Record<string, Uint8Array>, tensors = [embedding]) =>
    inFile(
      ggufBytes(Object.entries({ ...whole, ...changes }), tensors),
      async (path) => {
        const { config, files } = await openGguf(path);
        for (const file of files) file.close();
        return config;
      },
    );
  const config = await open({});
  assertEquals(
    [config.num_key_value_heads, config.head_dim, config.rope_theta],
    [2, 2, 10_000],
  );
  const refused: [Record<string, Uint8Array>, string][] = [
    [{ "split.count": typed.u16(3) }, "split.count 1, got 3"],
    [
      { "llama.rope.scaling.type": typed.text("yarn") },
      "llama.rope.scaling.type none, got yarn",
    ],
    [
      { "llama.attention.head_count": typed.u32(0) },
      "llama.attention.head_count above 0, got 0",
    ],
    [
      { "llama.block_count": typed.f32(1.5) },
      "llama.block_count to be an integer, got 1.5",
    ],
    [
      { "llama.attention.head_count": typed.u32(3) },
      "llama.attention.key_length to be an integer",
    ],
  ];
  for (const [changes, message] of refused) {
    await assertRejects(() => open(changes), RangeError, message);
  }
  await assertRejects(() => open({}, []), RangeError, "token_embd.weight");
});
