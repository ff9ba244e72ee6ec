import { type Tensor, tf } from "../../tf/backend.ts";
import { joinHeads, perHead } from "../layers/attention.ts";
import { frozenNorm } from "../layers/frozen.ts";
import { geluTanh } from "../layers/gelu.ts";
import {
  type Layers,
  linearShapes,
  type Named,
  underEach,
} from "../layers/named_layers.ts";
import { only, positive, readConfigOf, size } from "./model_config.ts";
import { type PromptArchitecture } from "./prompt_encoder.ts";

const fields = {
  vocab_size: size(32128),
  d_model: size(512),
  d_kv: size(64),
  d_ff: size(2048),
  num_layers: size(6),
  num_heads: size(8),
  relative_attention_num_buckets: size(32),
  relative_attention_max_distance: size(128),
  layer_norm_epsilon: positive(1e-6),
  feed_forward_proj: only("gated-gelu", "relu"),
};

/** Linear layers of a block have no bias. */
const bias = false;

/**
 * The encoder of T5 v1.1: scores of attention are not scaled, and a learned number for
 * each head and each range of distances is added to them (Raffel et al. 2020, arXiv
 * 1910.10683, section 2.1; gated units as in Shazeer 2020, arXiv 2002.05202).
 *
 * @param config `config.json` of transformers.
 * @returns The architecture.
 * @throws {RangeError} If a value is not supported, naming it.
 */
export function t5Encoder(config: Record<string, unknown>): PromptArchitecture {
  const c = readConfigOf("T5", config, fields);
  const [width, inner] = [c.d_model, c.num_heads * c.d_kv];
  const attentionName = "layer.0.SelfAttention";
  const feedForwardName = "layer.1.DenseReluDense";
  const distances = "relative_attention_bias.weight";
  const blockShapes = (first: boolean): Named<number[]> => ({
    ...linearShapes(`${attentionName}.q`, width, inner, { bias }),
    ...linearShapes(`${attentionName}.k`, width, inner, { bias }),
    ...linearShapes(`${attentionName}.v`, width, inner, { bias }),
    ...linearShapes(`${attentionName}.o`, inner, width, { bias }),
    ...first && {
      [`${attentionName}.${distances}`]: [
        c.relative_attention_num_buckets,
        c.num_heads,
      ],
    },
    ...linearShapes(`${feedForwardName}.wi_0`, width, c.d_ff, { bias }),
    ...linearShapes(`${feedForwardName}.wi_1`, width, c.d_ff, { bias }),
    ...linearShapes(`${feedForwardName}.wo`, c.d_ff, width, { bias }),
    "layer.0.layer_norm.weight": [width],
    "layer.1.layer_norm.weight": [width],
  });
  const norm = (layers: Layers, name: string, x: Tensor) =>
    frozenNorm(x, layers.tensor(`${name}.weight`), c.layer_norm_epsilon);
  const block = (layers: Layers, x: Tensor, scores: Tensor) => {
    const attn = layers.under(attentionName);
    const first = norm(layers, "layer.0.layer_norm", x);
    const [query, key, value] = ["q", "k", "v"]
      .map((name) => perHead(attn.linear(name, first), c.num_heads));
    const shares = tf.softmax(
      tf.add(tf.matMul(query, key, false, true), scores),
    );
    const mixed = joinHeads(tf.matMul(shares, value));
    const h = tf.add(x, attn.linear("o", mixed)) as Tensor;
    const ff = layers.under(feedForwardName);
    const second = norm(layers, "layer.1.layer_norm", h);
    const gate = geluTanh(ff.linear("wi_0", second));
    return tf.add(h, ff.linear("wo", tf.mul(gate, ff.linear("wi_1", second))));
  };
  return {
    vocabulary: c.vocab_size,
    longest: Infinity,
    shapes: {
      "shared.weight": [c.vocab_size, width],
      ...underEach(
        "encoder.block",
        Array.from({ length: c.num_layers }, (_, i) => blockShapes(i === 0)),
      ),
      "encoder.final_layer_norm.weight": [width],
    },
    // The same as `shared.weight`.
    unused: ["encoder.embed_tokens.weight"],
    encode(layers, ids) {
      let x: Tensor = tf.gather(layers.tensor("shared.weight"), ids);
      const buckets = tf.tensor2d(
        distanceBuckets(ids.shape[1]!, {
          buckets: c.relative_attention_num_buckets,
          farthest: c.relative_attention_max_distance,
        }),
        undefined,
        "int32",
      );
      const learned = layers.tensor(
        `encoder.block.0.${attentionName}.${distances}`,
      );
      const scores = tf.transpose(tf.gather(learned, buckets), [2, 0, 1]); // [heads, T, T]
      for (let i = 0; i < c.num_layers; i++) {
        const before = x;
        const blockLayers = layers.under(`encoder.block.${i}`);
        x = tf.tidy(() => block(blockLayers, before, scores));
      }
      return { last_hidden_state: norm(layers, "encoder.final_layer_norm", x) };
    },
  };
}

/**
 * Which range each distance from a place to another belongs to: half of them for places
 * behind; of these, half for single distances, half for ranges that grow
 * logarithmically.
 */
function distanceBuckets(
  length: number,
  { buckets, farthest }: { buckets: number; farthest: number },
): number[][] {
  const ofOneSide = Math.floor(buckets / 2);
  const single = Math.floor(ofOneSide / 2);
  const rangeOf = (distance: number) => {
    if (distance < single) return distance;
    const far = Math.log(distance / single) / Math.log(farthest / single);
    const range = single + Math.trunc(far * (ofOneSide - single));
    return Math.min(range, ofOneSide - 1);
  };
  return Array.from({ length }, (_, from) =>
    Array.from(
      { length },
      (_, to) => rangeOf(Math.abs(to - from)) + (to > from ? ofOneSide : 0),
    ));
}
