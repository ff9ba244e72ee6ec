import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { compile } from "../../lib/compile/mod.ts";
import { readSafetensors } from "../../lib/data/safetensors.ts";
import { tokenLogProbs } from "../../lib/models/token_log_probs.ts";
import {
  type Answers,
  generate,
  type GenerateOptions,
} from "../../lib/pretrained/generate.ts";
import {
  type LanguageModel,
  loadLanguageModel,
} from "../../lib/pretrained/language_model.ts";
import { initAdapters } from "../../lib/pretrained/lora.ts";
import { padPrompts } from "../../lib/pretrained/prompts.ts";
import { greedy } from "../../lib/samplers/greedy.ts";
import { temperature } from "../../lib/samplers/temperature.ts";
import { topK } from "../../lib/samplers/top_k.ts";
import { topP } from "../../lib/samplers/top_p.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys, normal } from "../../lib/tf/random.ts";
import { closeTo, families, fixture } from "./decoder_fixtures.ts";

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

for (const family of families) {
  Deno.test(`${family}: greedy answers to prompts of several lengths are those of transformers`, async () => {
    const { tensors } = await readSafetensors(
      fixture(family, "reference.safetensors"),
    );
    const model = await loadLanguageModel(fixture(family));
    const asked = range(3).map((i) => [...tensors[`prompt${i}`].dataSync()]);
    const prompts = padPrompts(asked);
    const options = { maxTokens: 6, answers: 2, choices: [greedy] };
    const draw = () =>
      generate(model, { prompts, keys: keys(range(6)) }, options);
    for (const way of [draw, compile(draw)]) {
      const { tokens, logp, mask } = way();
      const rows = await tokens.array() as number[][];
      for (const [i, row] of rows.entries()) {
        const answer = tensors[`answer${Math.floor(i / 2)}`];
        assertEquals(row, [...answer.dataSync()], `answer ${i}`);
      }
    }
  });
}
