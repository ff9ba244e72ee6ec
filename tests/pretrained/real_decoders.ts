/**
 * Real models against `transformers`: tokens, greedy answers and log-probabilities. Not
 * among the tests that always run, as it takes 600 MB of downloads:
 *
 *     deno task model smollm2 && deno task model qwen2
 *     deno task test tests/pretrained/real_decoders.ts
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { compile } from "../../lib/compile/mod.ts";
import { generate } from "../../lib/pretrained/language/generate.ts";
import { loadLanguageModel } from "../../lib/pretrained/language/language_model.ts";
import {
  padPrompts,
  type Prompts,
} from "../../lib/pretrained/language/prompts.ts";
import { greedy } from "../../lib/samplers/greedy.ts";
import { cacheDir } from "../../lib/setup/cache.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import reference from "./fixtures/real_decoders.json" with { type: "json" };

for (const [file, answers] of Object.entries(reference.models)) {
  const path = join(cacheDir(), "models", file);
  const [name] = file.split("/");
  const missing = !existsSync(path);
  const why = missing ? `, once deno task model ${name} has been run` : "";

  Deno.test({
    name:
      `${name}: greedy answers and log-probabilities are those of transformers${why}`,
    ignore: missing,
    async fn() {
      const model = await loadLanguageModel(path);
      for (const { text, prompt, answer } of answers) {
        assertEquals(model.tokenizer!.encode(text), prompt);
        console.log(JSON.stringify(text + model.tokenizer!.decode(answer)));
      }
      const prompts = padPrompts(answers.map(({ prompt }) => prompt));
      const seeds = keys(answers.map((_, i) => i));
      const maxTokens = answers[0].answer.length;
      using draw = compile((prompts: Prompts, keys: Tensor) =>
        generate(model, { prompts, keys }, { maxTokens, choices: [greedy] })
      );
      const drawn = draw(prompts, seeds);
      assertEquals(
        await drawn.tokens.array(),
        answers.map(({ answer }) => answer),
      );

      let worst = 0;
      for (const { prompt, answer, logProbs } of answers) {
        const row = tf.tensor2d([[...prompt, ...answer]], undefined, "int32");
        const logp = model.tokenLogProbs(row);
        const values = await logp.data();
        assertEquals(values.length, logProbs.length);
        for (const [i, expected] of logProbs.entries()) {
          worst = Math.max(worst, Math.abs(values[i] - expected));
        }
        tf.dispose([row, logp]);
      }
      console.log(`log-probabilities differ by at most ${worst} nats`);
      assert(worst < 1e-4);
      tf.dispose([prompts, seeds, drawn]);
      model.dispose();
    },
  });
}
