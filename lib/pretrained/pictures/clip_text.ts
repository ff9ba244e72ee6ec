import { type Tensor, tf } from "../../tf/backend.ts";
import { attention, laterPlaces, perHead } from "../layers/attention.ts";
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
  vocab_size: size(49408),
  hidden_size: size(512),
  intermediate_size: size(2048),
  projection_dim: size(512),
  num_hidden_layers: size(12),
  num_attention_heads: size(8),
  max_position_embeddings: size(77),
  hidden_act: oneOf("quick_gelu", "gelu"),
  layer_norm_eps: positive(1e-5),
  eos_token_id: size(49407),
};

/** Files of before transformers 4.31 name an end that they do not mean. */
const wrongEnd = 2;

/**
 * The text encoder of CLIP: a transformer whose tokens attend to those before them
 * (Radford et al. 2021, arXiv 2103.00020, section 2.4).
 *
 * @param config `config.json` of transformers.
 * @param options Whether it projects what it makes of the whole text, and what the names
 * of its tensors begin with.
 * @returns The architecture.
 * @throws {RangeError} If a value is not supported, naming it.
 */
export function clipText(
  config: Record<string, unknown>,
  { projects, prefix }: { projects: boolean; prefix: string },
): PromptArchitecture {
  const c = readConfigOf("CLIP", config, fields);
  const width = c.hidden_size;
  const activation = c.hidden_act === "gelu" ? gelu : quickGelu;
  const norm = (layers: Layers, name: string, x: Tensor) =>
    normLayer(layers, name, x, c.layer_norm_eps);
  const block = (layers: Layers, x: Tensor, mask: Tensor) => {
    const attn = layers.under("self_attn");
    const first = norm(layers, "layer_norm1", x);
    const [query, key, value] = ["q_proj", "k_proj", "v_proj"]
      .map((name) => perHead(attn.linear(name, first), c.num_attention_heads));
    const mixed = attention({ query, key, value, bias: mask });
    const h = tf.add(x, attn.linear("out_proj", mixed));
    const mlp = layers.under("mlp");
    const second = norm(layers, "layer_norm2", h);
    return tf.add(h, twoLayers(mlp, ["fc1", "fc2"], second, activation));
  };
  const blockShapes = {
    ...linearShapes("self_attn.q_proj", width, width),
    ...linearShapes("self_attn.k_proj", width, width),
    ...linearShapes("self_attn.v_proj", width, width),
    ...linearShapes("self_attn.out_proj", width, width),
    ...normShapes("layer_norm1", width),
    ...normShapes("layer_norm2", width),
    ...twoLayerShapes(["mlp.fc1", "mlp.fc2"], {
      ...{ inputs: width, width: c.intermediate_size, outputs: width },
    }),
  };
  const blocks = Array.from({ length: c.num_hidden_layers }, () => blockShapes);
  return {
    vocabulary: c.vocab_size,
    longest: c.max_position_embeddings,
    shapes: {
      [`${prefix}embeddings.token_embedding.weight`]: [c.vocab_size, width],
      [`${prefix}embeddings.position_embedding.weight`]: [
        c.max_position_embeddings,
        width,
      ],
      ...underEach(`${prefix}encoder.layers`, blocks),
      ...normShapes(`${prefix}final_layer_norm`, width),
      ...projects &&
        linearShapes("text_projection", width, c.projection_dim, {
          bias: false,
        }),
    },
    // Of older files: the numbers 0, 1, 2, ...
    unused: [`${prefix}embeddings.position_ids`],
    encode(layers, ids) {
      const [batch, length] = ids.shape as [number, number];
      const embedding = (name: string) =>
        layers.tensor(`${prefix}embeddings.${name}_embedding.weight`);
      const positions = tf.slice(embedding("position"), [0, 0], [length, -1]);
      let x: Tensor = tf.add(tf.gather(embedding("token"), ids), positions);
      let previous = x;
      const mask = laterPlaces(length);
      for (let i = 0; i < c.num_hidden_layers; i++) {
        const blockLayers = layers.under(`${prefix}encoder.layers.${i}`);
        previous = x;
        x = tf.tidy(() => block(blockLayers, previous, mask));
      }
      const last = norm(layers, `${prefix}final_layer_norm`, x);
      const ends = c.eos_token_id === wrongEnd
        ? tf.argMax(ids, 1)
        : tf.argMax(tf.cast(tf.equal(ids, c.eos_token_id), "int32"), 1);
      const rows = tf.add(tf.mul(tf.range(0, batch, 1, "int32"), length), ends);
      const pooled = tf.gather(
        tf.reshape(last, [batch * length, width]),
        tf.cast(rows, "int32"),
      );
      return {
        hidden_states: previous,
        last_hidden_state: last,
        ...projects
          ? { text_embeds: layers.linear("text_projection", pooled) }
          : { pooler_output: pooled },
      };
    },
  };
}

/** `x sigmoid(1.702 x)`. */
const quickGelu = (x: Tensor): Tensor =>
  tf.mul(x, tf.sigmoid(tf.mul(x, 1.702)));
