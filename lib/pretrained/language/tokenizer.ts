import { Template } from "@huggingface/jinja";
import { Tokenizer as HubTokenizer } from "@huggingface/tokenizers";
import { isRecord } from "../../data/json.ts";
import { ggufTokenizer } from "./gguf_tokenizer.ts";
import { hubTokenizer } from "./hub_tokenizer.ts";
import { portable } from "./pre_tokenizer.ts";

/** One turn of a conversation. */
export interface ChatMessage {
  /** Who speaks: `"system"`, `"user"` or `"assistant"`. */
  readonly role: string;
  /** What is said. */
  readonly content: string;
}

/** Text to tokens and back, as the authors of a model do it. */
export interface Tokenizer {
  /** One more than the largest token: what a model's vocabulary must at least hold. */
  readonly size: number;
  /** The tokens that end an answer: some models have several. */
  readonly stops: ReadonlySet<number>;
  /**
   * Encodes a text; what looks like a special token becomes that token. The start
   * token that some models want is added, unless the text begins with it.
   */
  encode(text: string): number[];
  /**
   * Decodes tokens, special ones too. Bytes that are no text become U+FFFD; tokens
   * beyond the vocabulary, which a padded model may sample, become nothing.
   *
   * @throws {RangeError} If a token is not a whole number of at least 0.
   */
  decode(tokens: readonly number[]): string;
  /**
   * Writes a conversation by the model's own template, up to where it is the
   * assistant's turn to speak.
   *
   * @throws {RangeError} If the model has no template, or it refuses the messages.
   */
  chat(messages: readonly ChatMessage[]): string;
}

/**
 * Loads a model's tokenizer: from a folder in the hub's layout (`tokenizer.json`, and
 * where they are there `tokenizer_config.json`, `chat_template.jinja`,
 * `generation_config.json`), or from a GGUF file. Tokens are found by
 * `@huggingface/tokenizers` and chats written by `@huggingface/jinja`; both agree with
 * `transformers`.
 *
 * The stops are those of `generation_config.json`, else of `config.json`, else the
 * `eos_token`. A GGUF file states one; the tokens `<|im_end|>` and `<|endoftext|>` end
 * an answer besides, where it has them, as in llama.cpp.
 *
 * @param path The folder, or the `.gguf` file.
 * @returns The tokenizer.
 * @throws {RangeError} If a file is damaged or of a kind that is not known here, naming
 * it.
 * @throws {Deno.errors.NotFound} If there is no `tokenizer.json`, or no such file.
 *
 * @example
 * ```ts
 * import { loadTokenizer, writeText } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = await Deno.makeTempDir();
 * const model = { type: "BPE", vocab: { a: 0, b: 1, ab: 2 }, merges: [["a", "b"]] };
 * const end = { id: 3, content: "<end>", special: true };
 * await writeText(`${folder}/tokenizer.json`, JSON.stringify({
 *   ...{ model, added_tokens: [end], normalizer: null, pre_tokenizer: null },
 *   ...{ post_processor: null, decoder: { type: "Fuse" } },
 * }));
 * await writeText(`${folder}/generation_config.json`, `{ "eos_token_id": 3 }`);
 *
 * const { encode, decode, stops } = await loadTokenizer(folder);
 * assertEquals(encode("abba<end>"), [2, 1, 0, 3]);
 * assertEquals(decode([2, 1, 0, 3]), "abba<end>");
 * assertEquals(stops, new Set([3]));
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function loadTokenizer(path: string): Promise<Tokenizer> {
  const { json, config, template, stops } = path.endsWith(".gguf")
    ? await ggufTokenizer(path)
    : await hubTokenizer(path);
  const size = vocabularySize(json, path);
  const tokenizer = built(json, config, path);
  const special = specialTokens(config);
  return {
    size,
    stops: new Set(stops),
    encode(text) {
      const add_special_tokens = !special.bos_token ||
        !text.startsWith(special.bos_token);
      const { ids, tokens } = tokenizer.encode(text, { add_special_tokens });
      // Where text is unknown and there is no token for that, the library gives none.
      const unknown = ids.findIndex((id: number | undefined) => id == null);
      if (unknown < 0) return ids;
      throw new RangeError(
        `Cannot encode: expected text in tokens of ${path}, got "${
          tokens[unknown]
        }"`,
      );
    },
    decode(tokens) {
      const wrong = tokens.find((id) => !Number.isSafeInteger(id) || id < 0);
      if (wrong !== undefined) {
        throw new RangeError(`Cannot decode: expected tokens, got ${wrong}`);
      }
      const known = tokens.filter((id) => tokenizer.id_to_token(id) != null);
      return known.length > 0 ? tokenizer.decode(known) : "";
    },
    chat(messages) {
      try {
        if (template === undefined) throw new RangeError("it has no template");
        return new Template(template).render({
          ...special,
          ...{ messages, add_generation_prompt: true },
        });
      } catch (cause) {
        throw new RangeError(
          `Cannot write a chat by ${path}: ${messageOf(cause)}`,
          { cause },
        );
      }
    },
  };
}

/** More than any vocabulary holds: a larger token is a damaged one. */
const maxSize = 2 ** 22;

/** One more than the largest token; all are checked, as lists are made of that size. */
function vocabularySize(json: Record<string, unknown>, path: string): number {
  const { vocab = {} } = isRecord(json.model) ? json.model : {};
  const added = Array.isArray(json.added_tokens) ? json.added_tokens : [];
  const ids: unknown[] = [
    ...(Array.isArray(vocab) ? vocab.keys() : Object.values(vocab as object)),
    ...added.map((token) => token?.id),
  ];
  return 1 + ids.reduce<number>((largest, id) => {
    if (
      Number.isSafeInteger(id) && id as number >= 0 && id as number < maxSize
    ) {
      return Math.max(largest, id as number);
    }
    throw new RangeError(
      `Cannot read the tokenizer of ${path}: expected tokens from 0 below ${maxSize}, got ${
        JSON.stringify(id)
      }`,
    );
  }, -1);
}

function built(
  json: Record<string, unknown>,
  config: Record<string, unknown>,
  path: string,
): HubTokenizer {
  const { type } = isRecord(json.model) ? json.model : {};
  // As transformers: tidied spaces would corrupt what byte-level tokens say.
  const tidy = type !== "BPE" && config.clean_up_tokenization_spaces === true;
  try {
    return new HubTokenizer(
      {
        ...{ added_tokens: [], ...json },
        pre_tokenizer: portable(json.pre_tokenizer),
      },
      { ...config, clean_up_tokenization_spaces: tidy },
    );
  } catch (cause) {
    throw new RangeError(
      `Cannot read the tokenizer of ${path}: expected a tokenizer.json of a known kind: ${
        messageOf(cause)
      }`,
      { cause },
    );
  }
}

/** The special tokens that a template may name; older files hold more than their text. */
function specialTokens(
  config: Record<string, unknown>,
): Record<string, string | undefined> {
  return Object.fromEntries(
    ["bos_token", "eos_token", "pad_token", "unk_token"].map((name) => {
      const token = config[name];
      const text = isRecord(token) ? token.content : token;
      return [name, typeof text === "string" ? text : undefined];
    }),
  );
}

const messageOf = (cause: unknown) =>
  cause instanceof Error ? cause.message : cause;
