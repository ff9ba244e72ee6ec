/**
 * Real models: every weight and every token as transformers has them. Not among the
 * tests that always run, as it takes 600 MB of downloads:
 *
 *     deno task model smollm2 && deno task model qwen2
 *     deno task test tests/pretrained/real_weights.ts
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  openWeights,
  type Weights,
} from "../../lib/pretrained/checkpoints/weights.ts";
import { loadTokenizer } from "../../lib/pretrained/language/tokenizer.ts";
import { cacheDir } from "../../lib/setup/cache.ts";

const fixtures = fileURLToPath(new URL("fixtures/", import.meta.url));
const read = async (name: string) =>
  JSON.parse(await Deno.readTextFile(`${fixtures}${name}`));

/** What transformers has, see fixtures/real_weights.py. */
const expected: Record<
  string,
  { tensors: string; stops: number[]; tokens: number[][] }
> = await read("real_weights.json");
const corpus: string[] = await read("corpus.json");

/** The shape of a tensor of a decoder, by its name. */
function shapeOf(name: string, config: Record<string, unknown>): number[] {
  const size = (key: string) => config[key] as number;
  const hidden = size("hidden_size");
  const queries = size("num_attention_heads") * size("head_dim");
  const keys = size("num_key_value_heads") * size("head_dim");
  const inner = size("intermediate_size");
  const part = name.split(".").at(-2)!;
  const shapes: Record<string, number[]> = {
    ...{ embed_tokens: [size("vocab_size"), hidden] },
    ...{ lm_head: [size("vocab_size"), hidden] },
    ...{ q_proj: [queries, hidden], k_proj: [keys, hidden] },
    ...{ v_proj: [keys, hidden], o_proj: [hidden, queries] },
    ...{ gate_proj: [inner, hidden], up_proj: [inner, hidden] },
    down_proj: [hidden, inner],
  };
  const shape = shapes[part] ?? [hidden];
  return name.endsWith("bias") ? [shape[0]] : shape;
}

/** The hash of the names and the hashes of all tensors, in the order of names. */
async function hashOf({ names, config, read }: Weights): Promise<string> {
  const all = createHash("sha256");
  for (const name of names.toSorted()) {
    const tensor = await read(name, shapeOf(name, config));
    const { buffer, byteOffset, byteLength } = await tensor.data();
    tensor.dispose();
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    const hash = createHash("sha256").update(bytes).digest("hex");
    all.update(`${name} ${hash}\n`);
  }
  return all.digest("hex");
}

for (const [name, { tensors, stops, tokens }] of Object.entries(expected)) {
  const path = join(cacheDir(), "models", name);
  const [model] = name.split("/");
  const missing = !existsSync(path);
  const why = missing ? `, once deno task model ${model} has been run` : "";

  Deno.test({
    name: `${model}: every weight is what transformers reads${why}`,
    ignore: missing,
    async fn() {
      const weights = await openWeights(path);
      assertEquals(await hashOf(weights), tensors);
      weights.close();
    },
  });

  Deno.test({
    name: `${model}: tokens of every text are those of the hub's library${why}`,
    ignore: missing,
    async fn() {
      const tokenizer = await loadTokenizer(path);
      corpus.forEach((text, i) =>
        assertEquals(tokenizer.encode(text), tokens[i], JSON.stringify(text))
      );
      assertEquals([...tokenizer.stops], stops);
    },
  });
}
