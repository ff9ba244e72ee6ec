import { assert, assertEquals, assertThrows } from "@std/assert";
import { grpo } from "../../lib/methods/mod.ts";
import { lossOf } from "../../lib/methods/method.ts";
import { languagePolicy } from "../../lib/policies/language.ts";
import { initAdapters } from "../../lib/pretrained/language/adapters.ts";
import { readDecoderConfig } from "../../lib/pretrained/language/decoder_config.ts";
import { weightShapes } from "../../lib/pretrained/language/decoder_layers.ts";
import { languageModel } from "../../lib/pretrained/language/language_model.ts";
import { padPrompts } from "../../lib/pretrained/language/prompts.ts";
import {
  forecastLanguageMemory,
  type LanguageWorkload,
} from "../../lib/pretrained/language/memory_forecast.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import { valueAndGrads } from "../../lib/train/value_and_grads.ts";

/** What drawing answers, and a step of GRPO on them, hold at most beside weights and adapters, in bytes. */
async function languagePeaks(
  config: Record<string, unknown>,
  { members, prompts, perContext, promptTokens, maxTokens, rank, targets }:
    LanguageWorkload,
): Promise<{ sampling: number; step: number }> {
  const sizes = readDecoderConfig(config);
  const weights = Object.fromEntries(
    Object.entries(weightShapes(sizes)).map(([name, shape]) => [
      name,
      tf.randomNormal(shape, 0, 0.1) as Tensor,
    ]),
  );
  const model = languageModel({ config: sizes, weights }, { config });
  const seeds = keys([0]);
  const start = initAdapters(model, seeds, { rank, alpha: 1, targets });
  const asked = padPrompts(
    Array.from({ length: prompts }, () => Array(promptTokens).fill(1)),
  );
  const policy = languagePolicy({ model, start, prompts: asked, maxTokens });
  const params = policy.init(members);
  const peakOf = async (body: () => Tensor[]) => {
    const before = tf.memory().numBytes;
    const { peakBytes } = await tf.profile(() => {
      tf.dispose(tf.tidy(body));
      return tf.scalar(0);
    });
    return peakBytes - before;
  };
  const draw = { keys: seeds, perContext };
  const sampling = await peakOf(() => Object.values(policy.draw(params, draw)));
  const sample = tf.tidy(() => policy.draw(params, draw));
  const step = await peakOf(() => {
    const terms = grpo().terms(
      tf.fill([members, 1, 1], 0.1),
      tf.randomUniform([members, prompts, perContext]),
      {},
      sample,
    );
    const { losses, grads } = valueAndGrads(
      params,
      (params) =>
        policy.reduce(
          lossOf(terms, policy.signals(params, sample, {})),
          sample,
        ),
    );
    return [losses, ...Object.values(grads)];
  });
  tf.dispose([sample, params, seeds, start, asked]);
  model.dispose();
  return { sampling, step };
}

const small = {
  ...{ hidden_act: "silu", vocab_size: 60, hidden_size: 40 },
  ...{ intermediate_size: 120, num_hidden_layers: 3, num_attention_heads: 4 },
  ...{ num_key_value_heads: 2, max_position_embeddings: 4096 },
  tie_word_embeddings: true,
};
const workload = {
  ...{ members: 1, prompts: 2, perContext: 5, promptTokens: 9, maxTokens: 5 },
  rank: 2,
};
const every = [
  ...["q_proj", "k_proj", "v_proj", "o_proj"],
  ...["gate_proj", "up_proj", "down_proj"],
];

/** Changes that make one part or another of the forecast large. */
const cases: Record<string, [config: object, workload: object]> = {
  "as it is": [{ model_type: "llama" }, {}],
  "a large vocabulary": [{ model_type: "qwen2", vocab_size: 9000 }, {}],
  "long answers of a large vocabulary": [
    { model_type: "llama", vocab_size: 6000, tie_word_embeddings: false },
    { maxTokens: 10, perContext: 3 },
  ],
  "long prompts": [{ model_type: "llama" }, {
    promptTokens: 70,
    perContext: 2,
  }],
  "deep and narrow": [
    { model_type: "llama", num_hidden_layers: 16, intermediate_size: 16 },
    { promptTokens: 2, maxTokens: 8, perContext: 3 },
  ],
  "heads with norms, and larger than width / heads": [
    { model_type: "qwen3", head_dim: 48 },
    {},
  ],
  "adapters of the last blocks": [
    { model_type: "llama", num_hidden_layers: 6 },
    { targets: ["layers.4.self_attn.q_proj", "layers.5.self_attn.v_proj"] },
  ],
  "adapters everywhere, of several members": [
    { model_type: "llama" },
    { members: 3, rank: 4, targets: every },
  ],
};

for (const [name, [change, more]] of Object.entries(cases)) {
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
