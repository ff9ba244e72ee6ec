/**
 * The real SmolLM2-135M-Instruct against `transformers`: tokens, greedy answers and
 * log-probabilities. Not among the tests that always run, as it takes a download:
 *
 *     deno task model smollm2
 *     deno task test tests/pretrained/smollm2.ts
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { compile } from "../../lib/compile/mod.ts";
import { generate } from "../../lib/pretrained/generate.ts";
import { loadLanguageModel } from "../../lib/pretrained/language_model.ts";
import { padPrompts } from "../../lib/pretrained/prompts.ts";
import { greedy } from "../../lib/samplers/greedy.ts";
import { cacheDir } from "../../lib/setup/cache.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import reference from "./fixtures/smollm2.json" with { type: "json" };

Deno.test("SmolLM2-135M: tokens, greedy answers and log-probabilities are those of transformers", async () => {
  const path = join(cacheDir(), "models", reference.file);
  const bytes = await crypto.subtle.digest(
    "SHA-256",
    await Deno.readFile(path),
  );
  assertEquals(new Uint8Array(bytes).toHex(), reference.sha256);
  const model = await loadLanguageModel(path);
  const { answers } = reference;

  for (const { text, prompt, answer } of answers) {
    assertEquals(model.tokenizer!.encode(text), prompt);
    console.log(JSON.stringify(text + model.tokenizer!.decode(answer)));
  }

  const prompts = padPrompts(answers.map(({ prompt }) => prompt));
  const seeds = keys(answers.map((_, i) => i));
  const maxTokens = answers[0].answer.length;
  using draw = compile((
    prompts: { tokens: Tensor; lengths: Tensor },
    keys: Tensor,
  ) => generate(model, { prompts, keys }, { maxTokens, choices: [greedy] }));
  const drawn = draw(prompts, seeds);
  const tokens = await drawn.tokens.array();
  assertEquals(tokens, answers.map(({ answer }) => answer));

  let worst = 0;
  for (const { prompt, answer, logProbs } of answers) {
    const row = tf.tensor2d([[...prompt, ...answer]], undefined, "int32");
    const logp = model.tokenLogProbs(row);
    const values = await logp.data();
    for (const [i, expected] of logProbs.entries()) {
      worst = Math.max(worst, Math.abs(values[i] - expected));
    }
    tf.dispose([row, logp]);
  }
  console.log(`log-probabilities differ by at most ${worst} nats`);
  assert(worst < 1e-4);
  tf.dispose([prompts, seeds, drawn]);
  model.dispose();
});
