import { join } from "node:path";
import { ifThere } from "../../data/files.ts";
import { isRecord } from "../../data/json.ts";
import { readJson } from "../../data/read_json.ts";
import type { TokenizerFiles } from "./tokenizer_files.ts";

/**
 * Reads the tokenizer of a folder in the hub's layout.
 *
 * @param folder The folder.
 * @returns What its files say; only `tokenizer.json` must be there.
 * @throws {RangeError} If a file is damaged, naming it.
 * @throws {Deno.errors.NotFound} If there is no `tokenizer.json`.
 */
export async function hubTokenizer(folder: string): Promise<TokenizerFiles> {
  const read = (name: string) => readJson(join(folder, name));
  const json = await read("tokenizer.json");
  const config = await ifThere(read("tokenizer_config.json")) ?? {};
  const template = await ifThere(
    Deno.readTextFile(join(folder, "chat_template.jinja")),
  ) ?? templateOf(config.chat_template);
  const end = (await ifThere(read("generation_config.json")))?.eos_token_id ??
    (await ifThere(read("config.json")))?.eos_token_id ??
    idOf(json, config.eos_token) ?? [];
  const stops = [end].flat();
  const wrong = stops.find((id) => !Number.isSafeInteger(id));
  if (wrong !== undefined) {
    throw new RangeError(
      `Cannot read the tokenizer of ${folder}: expected eos_token_id of tokens, got ${
        JSON.stringify(wrong)
      }`,
    );
  }
  return { json, config, template, stops: stops as number[] };
}

/** A template, or the one named default of several. */
function templateOf(value: unknown): string | undefined {
  const template = Array.isArray(value)
    ? value.find((named) => named?.name === "default")?.template
    : value;
  return typeof template === "string" ? template : undefined;
}

/** The id of a token that is written as text, or as an object of it. */
function idOf(json: Record<string, unknown>, token: unknown): unknown {
  const text = isRecord(token) ? token.content : token;
  const added = Array.isArray(json.added_tokens) ? json.added_tokens : [];
  return added.find((other) => other?.content === text)?.id;
}
