import { assertEquals } from "@std/assert";
import { readDecoderConfig } from "../../lib/pretrained/language/decoder_config.ts";
import { weightShapes } from "../../lib/pretrained/language/decoder_layers.ts";
import {
  type LanguageModel,
  languageModel,
} from "../../lib/pretrained/language/language_model.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";

/** Runs a test on a small random model that writes characters of ASCII. */
export async function withSpeller(
  body: (model: LanguageModel) => Promise<void>,
): Promise<void> {
  const config = {
    ...{ model_type: "llama", hidden_act: "silu", vocab_size: 128 },
    ...{ hidden_size: 12, intermediate_size: 20, num_hidden_layers: 2 },
    ...{ num_attention_heads: 2, num_key_value_heads: 1 },
    ...{ max_position_embeddings: 100, tie_word_embeddings: true },
  };
  const sizes = readDecoderConfig(config);
  const before = tf.memory().numTensors;
  const weights = Object.fromEntries(
    Object.entries(weightShapes(sizes)).map(([name, shape], i) => [
      name,
      tf.randomNormal(shape, 0, 0.5, "float32", i) as Tensor,
    ]),
  );
  const model = languageModel({ config: sizes, weights }, { config });
  await body({
    ...model,
    tokenizer: {
      ...{ size: 128, stops: new Set<number>() },
      encode: (text) => [...text].map((letter) => letter.codePointAt(0)! % 128),
      decode: (ids) => String.fromCodePoint(...ids),
      chat: () => "",
    },
  });
  model.dispose();
  assertEquals(tf.memory().numTensors, before, "leaked");
}
