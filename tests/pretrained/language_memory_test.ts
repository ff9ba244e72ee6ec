import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  forecastLanguageMemory,
  type LanguageWorkload,
} from "../../lib/pretrained/language/memory_forecast.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import {
  cases,
  languageWork,
  profileOf,
  small,
  workload,
} from "./language_work.ts";

/** What drawing answers, and a step of GRPO on them, hold at most beside weights and adapters, in bytes. */
async function languagePeaks(
  config: Record<string, unknown>,
  workload: LanguageWorkload,
): Promise<{ sampling: number; step: number }> {
  const { draw, step, dispose } = languageWork(config, workload);
  const peakOf = async (body: () => Tensor[]) => {
    const before = tf.memory().numBytes;
    const { peakBytes } = await profileOf(body);
    return peakBytes - before;
  };
  const peaks = { sampling: await peakOf(draw), step: await peakOf(step) };
  dispose();
  return peaks;
}

/** The cases of both forecasts, and more that make a part of memory large. */
const memoryCases: typeof cases = {
  ...cases,
  "long answers of a large vocabulary": [
    { model_type: "llama", vocab_size: 6000, tie_word_embeddings: false },
    { maxTokens: 10, perContext: 3 },
  ],
  "deep and narrow": [
    { model_type: "llama", num_hidden_layers: 16, intermediate_size: 16 },
    { promptTokens: 2, maxTokens: 8, perContext: 3 },
  ],
};

for (const [name, [change, more]] of Object.entries(memoryCases)) {
  Deno.test(`the forecast of a language policy is an upper bound, and near: ${name}`, async () => {
    const [config, work] = [{ ...small, ...change }, { ...workload, ...more }];
    const forecast = forecastLanguageMemory(config, work);
    const peaks = await languagePeaks(config, work);
    const kept = forecast.weights + forecast.adapters;
    for (const what of ["sampling", "step"] as const) {
      const ratio = (forecast[what] - kept) / peaks[what];
      assert(ratio >= 1 && ratio < 1.3, `${what}: ${ratio}`);
    }
  });
}

Deno.test("the forecast counts what the loader reads and what Adam keeps", () => {
  // SmolLM2-135M, whose card says 134.5 M.
  const { parameters, weights, adapters, cache } = forecastLanguageMemory({
    ...{ model_type: "llama", vocab_size: 49152, hidden_size: 576 },
    ...{ intermediate_size: 1536, num_hidden_layers: 30 },
    ...{ num_attention_heads: 9, num_key_value_heads: 3 },
    ...{ max_position_embeddings: 8192, tie_word_embeddings: true },
  }, { ...workload, members: 2, rank: 8 });
  assertEquals(parameters, 134_515_008);
  assertEquals(weights, 4 * parameters);
  // q and v of rank 8: 921,600 / 2 numbers, as PEFT counts them.
  assertEquals(adapters, 2 * 4 * 4 * 460_800);
  // Two of 192 features in 30 layers, of 2 prompts of 9 tokens, and of 20 answers of 4.
  assertEquals(cache, 4 * 2 * 192 * 30 * (2 * 2 * 9 + 20 * 4));
});

Deno.test("a workload of a language policy that makes no sense is refused by name", () => {
  const config = { ...small, model_type: "llama" };
  assertThrows(
    () => forecastLanguageMemory(config, { ...workload, maxTokens: 0 }),
    RangeError,
    "maxTokens",
  );
  assertThrows(
    () => forecastLanguageMemory(config, { ...workload, targets: ["q"] }),
    RangeError,
    '"q"',
  );
  assertThrows(
    () =>
      forecastLanguageMemory(
        config,
        { ...workload, answers: 4 } as LanguageWorkload,
      ),
    TypeError,
    '"answers"',
  );
});
