import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
} from "@std/assert";
import { fileURLToPath } from "node:url";
import { openWeights } from "../../lib/pretrained/checkpoints/weights.ts";
import { tf } from "../../lib/tf/backend.ts";

const fixtures = fileURLToPath(new URL("fixtures/", import.meta.url));

/** What transformers read in the files, see fixtures/gguf_files.py. */
interface Expected {
  config: Record<string, unknown>;
  tensors: Record<string, { shape: number[]; first: number[]; sha256: string }>;
}
const expected: Record<string, Expected> = JSON.parse(
  await Deno.readTextFile(`${fixtures}gguf_files.json`),
);

for (const [model, { config, tensors }] of Object.entries(expected)) {
  Deno.test(`${model}: every tensor is what transformers reads, to the last bit`, async () => {
    const before = tf.memory().numTensors;
    const weights = await openWeights(`${fixtures}${model}.gguf`);
    assertEquals(weights.names.toSorted(), Object.keys(tensors).sort());
    for (const [name, { shape, first, sha256 }] of Object.entries(tensors)) {
      const tensor = await weights.read(name, shape);
      const values = await tensor.data();
      tensor.dispose();
      assertEquals([...values.slice(0, 3)], first, name);
      const bytes = new Uint8Array(
        values.buffer,
        values.byteOffset,
        values.byteLength,
      ).slice();
      const hash = await crypto.subtle.digest("SHA-256", bytes);
      assertEquals(new Uint8Array(hash).toHex(), sha256, name);
    }
    weights.close();
    assertEquals(tf.memory().numTensors, before);
  });

  Deno.test(`${model}: the config says what transformers' says`, async () => {
    const weights = await openWeights(`${fixtures}${model}.gguf`);
    weights.close();
    const { rms_norm_eps, ...rest } = config;
    for (const [name, value] of Object.entries(rest)) {
      assertEquals(weights.config[name], value, name);
    }
    assertEquals(weights.config.rms_norm_eps, 1e-5);
    assertAlmostEquals(rms_norm_eps as number, 1e-5, 1e-12);
    assertEquals(weights.config.eos_token_id, 2);
  });
}

/** Opens qwen2.gguf with some of its bytes replaced, or only its first bytes. */
async function opened(change: (bytes: Uint8Array) => Uint8Array | void) {
  const bytes = await Deno.readFile(`${fixtures}qwen2.gguf`);
  const path = await Deno.makeTempFile({ suffix: ".gguf" });
  await Deno.writeFile(path, change(bytes) ?? bytes);
  const weights = await openWeights(path).finally(() => Deno.remove(path));
  weights.close();
}

function refuses(
  change: (bytes: Uint8Array) => Uint8Array | void,
  message: string,
) {
  return assertRejects(() => opened(change), RangeError, message);
}

/** Replaces a text of the file by one of the same length. */
function replace(text: string, other: string) {
  assertEquals(text.length, other.length);
  return (bytes: Uint8Array) => {
    const at = new TextDecoder("latin1").decode(bytes).indexOf(text);
    assert(at >= 0);
    bytes.set(new TextEncoder().encode(other), at);
  };
}

/** Replaces bytes after a text. */
function replaceAfter(text: string, offset: number, other: number[]) {
  return (bytes: Uint8Array) => {
    const at = new TextDecoder("latin1").decode(bytes).indexOf(text);
    assert(at >= 0);
    bytes.set(other, at + text.length + offset);
  };
}

Deno.test("a GGUF file cut anywhere is refused", async () => {
  await opened(() => {});
  const { size } = await Deno.stat(`${fixtures}qwen2.gguf`);
  for (let length = 0; length < size; length += 97) {
    await refuses((bytes) => bytes.slice(0, length), "expected");
  }
  await refuses((bytes) => bytes.slice(0, 40), "expected 20 bytes at");
});

Deno.test("sizes beyond the file are refused before anything of that size is made", async () => {
  const huge = [255, 255, 255, 255, 255, 255, 15, 0]; // 2^52 - 1
  await refuses((bytes) => bytes.set(huge, 8), "expected");
  await refuses((bytes) => bytes.set(huge, 16), "expected");
  // The length of a text, of a list, an axis of a tensor.
  await refuses(
    replaceAfter("general.architecture", 4, huge),
    "expected 4503599627370495 bytes",
  );
  await refuses(replaceAfter("tokenizer.ggml.tokens", 8, huge), "expected");
  await refuses(
    replaceAfter("token_embd.weight", 4, huge),
    '"token_embd.weight" of shape [12,4503599627370495] to end by',
  );
});

Deno.test("a GGUF file that does not fit says what was expected", async () => {
  await refuses((bytes) => bytes.set([0], 0), "begin with GGUF");
  await refuses((bytes) => bytes.set([1], 4), "version 2 or 3, got 1");
  await refuses(
    replace("qwen2", "gpt-2"),
    "expected general.architecture llama, qwen2 or qwen3, got gpt-2",
  );
  await refuses(
    replace("qwen2.embedding_length", "qwen2.embedding_lenght"),
    "expected qwen2.embedding_length above 0, got undefined",
  );
  await refuses(
    replace("blk.0.attn_q.weight", "blk.0.attn_z.weight"),
    "attn_z",
  );
  await refuses(
    replaceAfter("token_embd.weight", 20, [16]),
    '"token_embd.weight" in F32, F16, Q4_0',
  );
  await refuses(
    replaceAfter("token_embd.weight", 20, [2]),
    'rows of 32s in "token_embd.weight" of Q4_0, got shape [12,16]',
  );
  await refuses(
    replaceAfter("blk.0.attn_norm.weight", 16, [0, 2]),
    '"blk.0.attn_norm.weight" at 768, got 512',
  );
});
