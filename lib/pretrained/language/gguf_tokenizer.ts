import { type GgufValue, readGgufHeader } from "../checkpoints/gguf_header.ts";
import type { TokenizerFiles } from "./tokenizer_files.ts";

const byteLevel = {
  type: "ByteLevel",
  ...{ add_prefix_space: false, trim_offsets: false, use_regex: true },
};

/** How text is cut before it becomes tokens, by what GGUF calls it. */
const kinds: Readonly<Record<string, object>> = {
  "gpt-2": { pre_tokenizer: byteLevel },
  // As in tokenizer.json of HuggingFaceTB/SmolLM2-135M-Instruct.
  smollm: {
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [{ type: "Digits", individual_digits: true }, byteLevel],
    },
  },
  // As in tokenizer.json of Qwen/Qwen3-0.6B, which is that of Qwen2.
  qwen2: {
    normalizer: { type: "NFC" },
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [{
        type: "Split",
        pattern: {
          Regex:
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
        },
        ...{ behavior: "Isolated", invert: false },
      }, { ...byteLevel, use_regex: false }],
    },
  },
};

/** Kinds of tokens that are found in text as they are: special ones, and others. */
const control = 3;
const userDefined = 4;

/** Texts that end an answer wherever they are special tokens, as in llama.cpp. */
const ends = ["<|im_end|>", "<|endoftext|>"];

/**
 * Reads the tokenizer that a GGUF file holds: byte-level BPE, cut as those of GPT-2,
 * SmolLM or Qwen2.
 *
 * @param path The file.
 * @returns What the hub's files would say.
 * @throws {RangeError} If the file is damaged, or holds another kind of tokenizer.
 * @throws {Deno.errors.NotFound} If there is no such file.
 */
export async function ggufTokenizer(path: string): Promise<TokenizerFiles> {
  using file = await Deno.open(path);
  const { value } = readGgufHeader(file, path);
  const expect = <T extends GgufValue>(
    key: string,
    is: (value: unknown) => value is T,
    what: string,
  ): T => {
    const found = value(`tokenizer.ggml.${key}`);
    if (is(found)) return found;
    const got = Array.isArray(found) ? "another list" : found;
    throw new RangeError(
      `Cannot read ${path}: expected tokenizer.ggml.${key} of ${what}, got ${got}`,
    );
  };
  const only = (key: string, known: readonly unknown[]) =>
    expect(
      key,
      (found): found is GgufValue => known.includes(found),
      known.join(", "),
    );
  only("model", ["gpt2"]);
  only("add_bos_token", [false, undefined]);
  const kind = only("pre", Object.keys(kinds)) as string;
  const tokens = expect("tokens", isTexts, "texts");
  const merges = expect("merges", isTexts, "texts");
  const types = expect("token_type", isNumbers, "numbers");
  const added_tokens = tokens.flatMap((content, id) =>
    types[id] === control || types[id] === userDefined
      ? [{ id, content, special: types[id] === control }]
      : []
  );
  const [bos, eos, eot] = ["bos", "eos", "eot"].map((name) =>
    Number(value(`tokenizer.ggml.${name}_token_id`))
  );
  const template = value("tokenizer.chat_template");
  return {
    json: {
      model: {
        type: "BPE",
        vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
        merges,
      },
      ...{ added_tokens, normalizer: null, ...kinds[kind] },
      ...{ post_processor: byteLevel, decoder: byteLevel },
    },
    config: { bos_token: tokens[bos], eos_token: tokens[eos] },
    template: typeof template === "string" ? template : undefined,
    stops: tokens.flatMap((token, id) => {
      const isEnd = types[id] === control && ends.includes(token);
      return isEnd || id === eos || id === eot ? [id] : [];
    }),
  };
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === "string");
const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((item) => typeof item === "number");
