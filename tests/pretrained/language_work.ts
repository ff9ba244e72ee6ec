import { grpo } from "../../lib/methods/mod.ts";
import { lossOf } from "../../lib/methods/method.ts";
import { languagePolicy } from "../../lib/policies/language.ts";
import { initAdapters } from "../../lib/pretrained/language/adapters.ts";
import { readDecoderConfig } from "../../lib/pretrained/language/decoder_config.ts";
import { weightShapes } from "../../lib/pretrained/language/decoder_layers.ts";
import { languageModel } from "../../lib/pretrained/language/language_model.ts";
import { type LanguageWorkload } from "../../lib/pretrained/language/memory_forecast.ts";
import { padPrompts } from "../../lib/pretrained/language/prompts.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import { valueAndGrads } from "../../lib/train/value_and_grads.ts";

/** A small decoder, but for its `model_type`. */
export const small = {
  ...{ hidden_act: "silu", vocab_size: 60, hidden_size: 40 },
  ...{ intermediate_size: 120, num_hidden_layers: 3, num_attention_heads: 4 },
  ...{ num_key_value_heads: 2, max_position_embeddings: 4096 },
  tie_word_embeddings: true,
};

/** A small workload. */
export const workload = {
  ...{ members: 1, prompts: 2, perContext: 5, promptTokens: 9, maxTokens: 5 },
  rank: 2,
};

const every = [
  ...["q_proj", "k_proj", "v_proj", "o_proj"],
  ...["gate_proj", "up_proj", "down_proj"],
];

/** Changes that make one part or another of the work large. */
export const cases: Record<string, [config: object, workload: object]> = {
  "as it is": [{ model_type: "llama" }, {}],
  "a large vocabulary": [{ model_type: "qwen2", vocab_size: 9000 }, {}],
  "long prompts": [{ model_type: "llama" }, {
    promptTokens: 70,
    perContext: 2,
  }],
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

/** What a forecast is of: drawing answers of a random model, and a step of GRPO on them. */
export function languageWork(
  config: Record<string, unknown>,
  { members, prompts, perContext, promptTokens, maxTokens, rank, targets }:
    LanguageWorkload,
): { draw(): Tensor[]; step(): Tensor[]; dispose(): void } {
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
  const draw = () => policy.draw(params, { keys: seeds, perContext });
  const sample = tf.tidy(draw);
  return {
    draw: () => Object.values(draw()),
    step: () => {
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
    },
    dispose() {
      tf.dispose([sample, params, seeds, start, asked]);
      model.dispose();
    },
  };
}

/** The profile of what is run op by op; its results are disposed. */
export const profileOf = (body: () => Tensor[]) =>
  tf.profile(() => {
    tf.dispose(tf.tidy(body));
    return tf.scalar(0);
  });
