import { type Params } from "../models/params.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import {
  attendCausally,
  laterPlaces,
  type Projections,
} from "./decoder_attention.ts";
import { type DecoderConfig, readDecoderConfig } from "./decoder_config.ts";
import { weightShapes } from "./decoder_layers.ts";
import { frozenNorm, frozenProduct, gatedUnit } from "./frozen.ts";
import { adapted, tieToAdapters } from "./lora.ts";
import { rotaryAngles } from "./rotary.ts";
import { type Weights } from "./weights.ts";

/** A decoder-only language model: sizes and frozen weights, held once. */
export interface Decoder {
  readonly config: DecoderConfig;
  /** By the names of `transformers`; linear layers `[outputs, inputs]`. */
  readonly weights: Record<string, Tensor>;
}

/** Mixes values by attention: `[B * T, heads * headSize]` of the block at `layer`. */
export type Attend = (projections: Projections, layer: number) => Tensor;

/**
 * Reads a decoder from a checkpoint, a tensor at a time.
 *
 * @param weights The checkpoint, which stays open.
 * @returns The decoder, whose weights the caller disposes.
 * @throws {RangeError} If it is of another architecture, or a weight is missing or has
 * another shape, naming it.
 */
export async function readDecoder(weights: Weights): Promise<Decoder> {
  const config = readDecoderConfig(weights.config);
  const read: Record<string, Tensor> = {};
  try {
    for (const [name, shape] of Object.entries(weightShapes(config))) {
      read[name] = await weights.read(name, shape);
    }
  } catch (error) {
    tf.dispose(read);
    throw error;
  }
  return { config, weights: read };
}

/**
 * Reads whole sequences: the features of each place from which the head makes the
 * logits of the next token, `norm(blocks(embed(tokens)))`; each block is
 * `h += attention(norm(h))` and `h += down(silu(gate(norm(h))) up(norm(h)))`.
 *
 * Sources: Touvron et al. (2023, arXiv 2302.13971), section 2.2; grouped queries,
 * Ainslie et al. (2023, arXiv 2305.13245); Yang et al. (2024, arXiv 2407.10671; 2025,
 * arXiv 2505.09388).
 *
 * @param decoder The model.
 * @param tokens int32 `[B, T]`; of M members of `adapters`, B / M of each in turn.
 * @param adapters See `loraAdapters`.
 * @returns `[B, T, width]`, which the caller disposes; the gradient reaches `adapters`.
 */
export function hiddenStates(
  decoder: Decoder,
  tokens: Tensor,
  adapters?: Params,
): Tensor {
  const { config } = decoder;
  const length = tokens.shape[1]!;
  return tf.tidy(() => {
    const { cos, sin } = rotaryAngles(length, config);
    const angles = { cos: tf.expandDims(cos, 1), sin: tf.expandDims(sin, 1) };
    const mask = laterPlaces(length);
    const h = readTokens(decoder, tokens, {
      adapters,
      attend: (projections) => attendCausally(projections, { angles, mask }),
    });
    return tieToAdapters(h, adapters);
  });
}

/** Runs tokens `[B, T]` through all blocks and the last norm: `[B, T, width]`. */
export function readTokens(
  { config, weights }: Decoder,
  tokens: Tensor,
  { adapters, attend }: { adapters?: Params; attend: Attend },
): Tensor {
  const { width, depth, heads, groups, headSize, normEpsilon } = config;
  const places = tokens.shape as [number, number];
  const linear = (x: Tensor, name: string) => {
    const product = frozenProduct(x, weights[`${name}.weight`]);
    const bias = weights[`${name}.bias`];
    const y = bias ? tf.add(product, bias) : product;
    return adapted(y, x, { name, adapters });
  };
  const norm = (x: Tensor, name: string) =>
    frozenNorm(x, weights[`${name}.weight`], normEpsilon);

  let h = tf.gather(
    weights["model.embed_tokens.weight"],
    tf.reshape(tokens, [-1]),
  );
  for (let layer = 0; layer < depth; layer++) {
    const block = `model.layers.${layer}`;
    const attention = `${block}.self_attn`;
    const x = norm(h, `${block}.input_layernorm`);
    const project = (name: string, heads: number) =>
      tf.reshape(linear(x, `${attention}.${name}_proj`), [
        ...places,
        heads,
        headSize,
      ]);
    const normHeads = (x: Tensor, name: string) =>
      config.headNorms ? norm(x, `${attention}.${name}_norm`) : x;
    const mixed = attend({
      query: normHeads(project("q", heads), "q"),
      key: normHeads(project("k", groups), "k"),
      value: project("v", groups),
    }, layer);
    h = tf.add(h, linear(mixed, `${attention}.o_proj`));
    const y = norm(h, `${block}.post_attention_layernorm`);
    const [gate, up] = ["gate", "up"].map((name) =>
      linear(y, `${block}.mlp.${name}_proj`)
    );
    h = tf.add(h, linear(gatedUnit(gate, up), `${block}.mlp.down_proj`));
  }
  return tf.reshape(norm(h, "model.norm"), [...places, width]);
}

/** The weights of the head, `[V, width]`. */
export function headOf({ config, weights }: Decoder): Tensor {
  return weights[config.tied ? "model.embed_tokens.weight" : "lm_head.weight"];
}
