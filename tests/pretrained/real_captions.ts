/**
 * The real sentence encoder: what it makes of captions is what transformers does. Not
 * among the tests that always run, as it takes a download of 175 MB:
 *
 *     deno task model minilm && deno task test tests/pretrained/real_captions.ts
 *
 * @module
 */

import { assertAlmostEquals, assertEquals } from "@std/assert";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadTokenizer } from "../../lib/pretrained/language/tokenizer.ts";
import { loadPromptEncoder } from "../../lib/pretrained/pictures/load_prompt_encoder.ts";
import { cacheDir } from "../../lib/setup/cache.ts";
import { tf } from "../../lib/tf/backend.ts";

const fixture = fileURLToPath(
  new URL("fixtures/real_captions.json", import.meta.url),
);
/** What transformers has, see fixtures/real_captions.py. */
const expected: {
  caption: string;
  tokens: number[];
  states: number[];
  sentence: number[];
}[] = JSON.parse(await Deno.readTextFile(fixture));
const every = 37;

const folder = join(cacheDir(), "models", "minilm");
const missing = !existsSync(folder);
const why = missing ? ", once deno task model minilm has been run" : "";

Deno.test({
  name: `MiniLM reads captions as transformers does${why}`,
  ignore: missing,
  async fn() {
    const { encode } = await loadTokenizer(folder);
    const encoder = await loadPromptEncoder(folder);
    for (const { caption, tokens, states, sentence } of expected) {
      assertEquals(encode(caption), tokens);
      const [own, mean] = tf.tidy(() => {
        const ids = tf.tensor2d([tokens], undefined, "int32");
        const { last_hidden_state } = encoder.encode(ids);
        const mean = tf.mean(last_hidden_state, [0, 1]);
        return [last_hidden_state, tf.div(mean, tf.norm(mean))];
      });
      for (
        const [tensor, values] of [[own, states], [mean, sentence]] as const
      ) {
        const sampled = [...await tensor.data()].filter((_, i) =>
          i % every === 0
        );
        assertEquals(sampled.length, values.length);
        sampled.forEach((value, i) =>
          assertAlmostEquals(value, values[i], 2e-5)
        );
      }
      tf.dispose([own, mean]);
    }
    encoder.dispose();
  },
});
