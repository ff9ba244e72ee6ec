import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { fileURLToPath } from "node:url";
import { loadTokenizer } from "../../lib/pretrained/language/tokenizer.ts";

const fixtures = fileURLToPath(new URL("fixtures/", import.meta.url));
const read = async (name: string) =>
  JSON.parse(await Deno.readTextFile(`${fixtures}${name}`));

/** What transformers does, see fixtures/tokenizer_files.py. */
interface Expected {
  size: number;
  tokens: number[][];
  texts: string[];
  drawn: { tokens: number[]; text: string }[];
  chats: { messages: { role: string; content: string }[]; text: string }[];
}
const expected: Record<string, Expected> = await read("tokenizer_files.json");
const corpus: string[] = await read("corpus.json");

const paths: [string, Expected][] = [
  ["tokenizer", expected.qwen2],
  ["tokenizer_qwen2.gguf", expected.qwen2],
  ["tokenizer_smollm.gguf", expected.smollm],
  ["tokenizer_gpt-2.gguf", expected["gpt-2"]],
];

for (const [name, { size, tokens, texts, drawn, chats }] of paths) {
  Deno.test(`${name}: encode, decode and chat do what transformers does`, async () => {
    const tokenizer = await loadTokenizer(`${fixtures}${name}`);
    assertEquals(tokenizer.size, size);
    corpus.forEach((text, i) => {
      assertEquals(tokenizer.encode(text), tokens[i], JSON.stringify(text));
      assertEquals(tokenizer.decode(tokens[i]), texts[i]);
    });
    for (const { tokens, text } of drawn) {
      assertEquals(tokenizer.decode(tokens), text, `${tokens}`);
    }
    for (const { messages, text } of chats) {
      assertEquals(tokenizer.chat(messages), text);
    }
    assertEquals(tokenizer.stops, new Set([0, 2]));
  });
}

/** Loads a folder of the fixture's files, some replaced or, if null, left out. */
async function loaded(changes: Record<string, unknown>) {
  const folder = await Deno.makeTempDir();
  const files = {
    "tokenizer.json": await read("tokenizer/tokenizer.json"),
    "tokenizer_config.json": await read("tokenizer/tokenizer_config.json"),
    ...changes,
  };
  for (const [name, content] of Object.entries(files)) {
    const text = typeof content === "string"
      ? content
      : JSON.stringify(content);
    if (content !== null) await Deno.writeTextFile(`${folder}/${name}`, text);
  }
  return await loadTokenizer(folder)
    .finally(() => Deno.remove(folder, { recursive: true }));
}

Deno.test("stops are those of generation_config, else of config, else eos_token", async () => {
  const stopsOf = async (
    files: Record<string, unknown>,
  ) => [...(await loaded(files)).stops];
  const generation = { "generation_config.json": { eos_token_id: [7, 8] } };
  const config = { "config.json": { eos_token_id: 9 } };
  assertEquals(await stopsOf({ ...generation, ...config }), [7, 8]);
  assertEquals(await stopsOf(config), [9]);
  assertEquals(await stopsOf({}), [2]);
  const eos_token = { content: "<|endoftext|>" };
  assertEquals(await stopsOf({ "tokenizer_config.json": { eos_token } }), [0]);
  assertEquals(await stopsOf({ "tokenizer_config.json": null }), []);
  await assertRejects(
    () => stopsOf({ "config.json": { eos_token_id: "2" } }),
    RangeError,
    'expected eos_token_id of tokens, got "2"',
  );
});

Deno.test("a template is taken from either file, the default of several", async () => {
  const messages = [{ role: "user", content: "hi" }];
  const template = "{{ messages[0].content }}{{ eos_token }}";
  const eos_token = { content: "<|im_end|>" };
  for (
    const chat_template of [
      template,
      [{ name: "tools", template: "" }, { name: "default", template }],
    ]
  ) {
    const { chat } = await loaded({
      "tokenizer_config.json": { eos_token, chat_template },
    });
    assertEquals(chat(messages), "hi<|im_end|>");
  }
  const { chat } = await loaded({});
  assertThrows(() => chat(messages), RangeError, "no template");
  const refusing = await loaded({
    "chat_template.jinja": "{{ raise_exception('no system please') }}",
  });
  assertThrows(() => refusing.chat(messages), RangeError, "no system please");
});

Deno.test("a start token is added once, as the template may have written it", async () => {
  const json = await read("tokenizer/tokenizer.json");
  const start = "<|im_start|>";
  const { encode } = await loaded({
    "tokenizer.json": {
      ...json,
      post_processor: {
        type: "TemplateProcessing",
        single: [
          { SpecialToken: { id: start, type_id: 0 } },
          { Sequence: { id: "A", type_id: 0 } },
        ],
        pair: [],
        special_tokens: { [start]: { id: start, ids: [1], tokens: [start] } },
      },
    },
    "tokenizer_config.json": { bos_token: start },
  });
  const plain = (await loaded({})).encode("a");
  assertEquals(encode("a"), [1, ...plain]);
  assertEquals(encode(`${start}a`), [1, ...plain]);
});

Deno.test("what is no token is not decoded, and text outside the tokens not encoded", async () => {
  const { decode } = await loaded({});
  for (const wrong of [-1, 0.5, NaN]) {
    assertThrows(() => decode([1, wrong]), RangeError, `got ${wrong}`);
  }
  assertEquals(decode([]), "");
  const { encode } = await loaded({
    "tokenizer.json": {
      model: { type: "WordPiece", vocab: { a: 0 }, unk_token: "[UNK]" },
      ...{ normalizer: null, pre_tokenizer: { type: "Whitespace" } },
      ...{ post_processor: null, decoder: null },
    },
  });
  assertEquals(encode("a a"), [0, 0]);
  for (const text of ["a b", "b"]) {
    assertThrows(() => encode(text), RangeError, 'got "[UNK]"');
  }
});

Deno.test("damaged files are refused, and named", async () => {
  const json = await read("tokenizer/tokenizer.json");
  const { model } = json;
  const refused: [Record<string, unknown>, string][] = [
    [{ "tokenizer.json": "{" }, "tokenizer.json: expected JSON"],
    [{ "tokenizer_config.json": "[]" }, "tokenizer_config.json: expected an"],
    [{ "tokenizer.json": {} }, "expected a tokenizer.json of a known kind"],
    [{ "tokenizer.json": { ...json, model: { type: "x" } } }, "known kind"],
    [{ "tokenizer.json": { ...json, added_tokens: 3 } }, "known kind"],
    ...[2 ** 31, -1, 0.5, "7"].map((id): [Record<string, unknown>, string] => [
      { "tokenizer.json": { ...json, model: { ...model, vocab: { a: id } } } },
      `expected tokens from 0 below 4194304, got ${JSON.stringify(id)}`,
    ]),
  ];
  for (const [files, message] of refused) {
    const error = await assertRejects(() => loaded(files), RangeError, message);
    assert(error.message.includes("/"), error.message);
  }
  await assertRejects(
    () => loaded({ "tokenizer.json": null }),
    Deno.errors.NotFound,
    "tokenizer.json",
  );
});

Deno.test("a GGUF file of another kind of tokenizer says which are known", async () => {
  const bytes = await Deno.readFile(`${fixtures}tokenizer_smollm.gguf`);
  const path = await Deno.makeTempFile({ suffix: ".gguf" });
  for (
    const [text, other, message] of [
      ["smollm", "smollx", "pre of gpt-2, smollm, qwen2, got smollx"],
      ["ggml.model\x08\0\0\0\x04\0\0\0\0\0\0\0gpt2", "llam", "got llam"],
      ["ggml.tokens", "x", "tokenizer.ggml.tokens of texts, got undefined"],
      ["add_bos_token\x07\0\0\0\0", "\x01", "add_bos_token of"],
    ]
  ) {
    const changed = bytes.slice();
    const at = new TextDecoder("latin1").decode(bytes).indexOf(text);
    assert(at >= 0, text);
    changed.set(
      new TextEncoder().encode(other),
      at + text.length - other.length,
    );
    await Deno.writeFile(path, changed);
    await assertRejects(() => loadTokenizer(path), RangeError, message);
  }
  await Deno.remove(path);
});
