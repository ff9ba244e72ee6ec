import { type Tensor, tf } from "../../tf/backend.ts";
import { attention, perHead } from "../layers/attention.ts";
import { gelu } from "../layers/gelu.ts";
import {
  type Layers,
  linearShapes,
  normLayer,
  normShapes,
  twoLayers,
  twoLayerShapes,
  underEach,
} from "../layers/named_layers.ts";
import { oneOf, positive, readConfigOf, size } from "./model_config.ts";
import { type PromptArchitecture } from "./prompt_encoder.ts";

const fields = {
  vocab_size: size(30522),
  hidden_size: size(768),
  intermediate_size: size(3072),
  num_hidden_layers: size(12),
  num_attention_heads: size(12),
  max_position_embeddings: size(512),
  type_vocab_size: size(2),
  hidden_act: oneOf("gelu"),
  layer_norm_eps: positive(1e-12),
  position_embedding_type: oneOf("absolute"),
};

/**
 * BERT (Devlin et al. 2019, arXiv 1810.04805, section 3), such as the sentence encoders
 * of sentence-transformers: a transformer whose tokens attend to each other, normalised
 * after each step. All tokens are of the first segment.
 *
 * @param config `config.json` of transformers.
 * @returns The architecture.
 * @throws {RangeError} If a value is not supported, naming it.
 */
export function bertText(config: Record<string, unknown>): PromptArchitecture {
  const c = readConfigOf("BERT", config, fields);
  const width = c.hidden_size;
  const norm = (layers: Layers, name: string, x: Tensor) =>
    normLayer(layers, name, x, c.layer_norm_eps);
  const block = (layers: Layers, x: Tensor) => {
    const attn = layers.under("attention");
    const [query, key, value] = ["query", "key", "value"]
      .map((name) =>
        perHead(attn.linear(`self.${name}`, x), c.num_attention_heads)
      );
    const mixed = attn.linear("output.dense", attention({ query, key, value }));
    const h = norm(attn, "output.LayerNorm", tf.add(x, mixed));
    const names = ["intermediate.dense", "output.dense"] as const;
    return norm(
      layers,
      "output.LayerNorm",
      tf.add(h, twoLayers(layers, names, h, gelu)),
    );
  };
  const blockShapes = {
    ...linearShapes("attention.self.query", width, width),
    ...linearShapes("attention.self.key", width, width),
    ...linearShapes("attention.self.value", width, width),
    ...linearShapes("attention.output.dense", width, width),
    ...normShapes("attention.output.LayerNorm", width),
    ...twoLayerShapes(["intermediate.dense", "output.dense"], {
      ...{ inputs: width, width: c.intermediate_size, outputs: width },
    }),
    ...normShapes("output.LayerNorm", width),
  };
  const blocks = Array.from({ length: c.num_hidden_layers }, () => blockShapes);
  return {
    vocabulary: c.vocab_size,
    longest: c.max_position_embeddings,
    shapes: {
      "embeddings.word_embeddings.weight": [c.vocab_size, width],
      "embeddings.position_embeddings.weight": [
        c.max_position_embeddings,
        width,
      ],
      "embeddings.token_type_embeddings.weight": [c.type_vocab_size, width],
      ...normShapes("embeddings.LayerNorm", width),
      ...underEach("encoder.layer", blocks),
    },
    // The numbers 0, 1, 2, ... of older files, and what is made of the first token.
    unused: [
      "embeddings.position_ids",
      ...["pooler.dense.weight", "pooler.dense.bias"],
    ],
    encode(layers, ids) {
      const embeddings = layers.under("embeddings");
      const rows = (name: string, count: number) =>
        tf.slice(embeddings.tensor(`${name}_embeddings.weight`), [0, 0], [
          count,
          -1,
        ]);
      const words = tf.gather(
        embeddings.tensor("word_embeddings.weight"),
        ids,
      );
      const places = tf.add(
        rows("position", ids.shape[1]!),
        rows("token_type", 1),
      );
      let x = norm(embeddings, "LayerNorm", tf.add(words, places));
      for (let i = 0; i < c.num_hidden_layers; i++) {
        const before = x;
        const own = layers.under(`encoder.layer.${i}`);
        x = tf.tidy(() => block(own, before));
      }
      return { last_hidden_state: x };
    },
  };
}
