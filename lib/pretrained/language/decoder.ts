import { offTape } from "../../compile/mod.ts";
import { type Params } from "../../models/params.ts";
import { type Tensor, tf } from "../../tf/backend.ts";
import { readTensors } from "../checkpoints/read_tensors.ts";
import { type Weights } from "../checkpoints/weights.ts";
import { laterPlaces } from "../layers/attention.ts";
import {
  frozenNorm,
  frozenProduct,
  gatedUnit,
  withGradient,
} from "../layers/frozen.ts";
import { adapted, tieToAdapters } from "../layers/lora.ts";
import { rotaryAngles } from "../layers/rotary.ts";
import {
  attendCausally,
  type Attended,
  type KeysAndValues,
  type Projections,
} from "./decoder_attention.ts";
import { type DecoderConfig, readDecoderConfig } from "./decoder_config.ts";
import { weightShapes } from "./decoder_layers.ts";

/** A decoder-only language model: sizes and frozen weights, held once. */
export interface Decoder {
  readonly config: DecoderConfig;
  /** By the names of `transformers`; linear layers `[outputs, inputs]`. */
  readonly weights: Record<string, Tensor>;
  /** What the tokens after the vocabulary stand for, such as sound, `[n, width]`. */
  readonly heard?: Tensor;
}

/** The attention of the block at `layer`. */
export type Attend = (projections: Projections, layer: number) => Attended;

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
  return { config, weights: await readTensors(weights, weightShapes(config)) };
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
 * @param adapters From `initAdapters` or `readAdapters`.
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
    const { h } = readTokens(decoder, tokens, {
      adapters,
      attend(projections) {
        const { mixed } = attendCausally(projections, { angles, mask });
        return { mixed };
      },
    });
    return tieToAdapters(h, adapters);
  });
}

/**
 * Runs tokens through all blocks and the last norm. What a block makes on its way is
 * disposed as it ends, but for what a gradient remembers.
 *
 * @param decoder The model.
 * @param tokens int32 `[B, T]`.
 * @param options The `adapters`, `attend`, the attention, and `constant`, the number of
 * blocks from below that no gradient flows through: their values are not remembered. Where
 * all of several `members` read the same tokens, those blocks read them once.
 * @returns `h`, `[members * B, T, width]`, and what the attention of each block remembers.
 */
export function readTokens(
  decoder: Decoder,
  tokens: Tensor,
  { adapters, attend, constant = 0, members = 1 }: {
    adapters?: Params;
    attend: Attend;
    constant?: number;
    members?: number;
  },
): { h: Tensor; memory: KeysAndValues[] } {
  const { config, weights } = decoder;
  const { width, depth, heads, groups, headSize, normEpsilon } = config;
  let places = tokens.shape as [number, number];
  const linear = (x: Tensor, name: string) => {
    const product = frozenProduct(x, weights[`${name}.weight`]);
    const bias = weights[`${name}.bias`];
    const y = bias ? tf.add(product, bias) : product;
    return adapted(y, x, { name, adapters });
  };
  const norm = (x: Tensor, name: string) =>
    frozenNorm(x, weights[`${name}.weight`], normEpsilon);
  const attention = (h: Tensor, layer: number) => {
    const block = `model.layers.${layer}`;
    const x = norm(h, `${block}.input_layernorm`);
    const project = (name: string, heads: number) => {
      const y = linear(x, `${block}.self_attn.${name}_proj`);
      const split = tf.reshape(y, [...places, heads, headSize]);
      return config.headNorms && name !== "v"
        ? norm(split, `${block}.self_attn.${name}_norm`)
        : split;
    };
    const { mixed, memory } = attend({
      query: project("q", heads),
      key: project("k", groups),
      value: project("v", groups),
    }, layer);
    const out = linear(mixed, `${block}.self_attn.o_proj`);
    return { h: tf.add(h, out), memory };
  };
  const mlp = (h: Tensor, layer: number) => {
    const block = `model.layers.${layer}`;
    const x = norm(h, `${block}.post_attention_layernorm`);
    const gate = linear(x, `${block}.mlp.gate_proj`);
    const up = linear(x, `${block}.mlp.up_proj`);
    return tf.add(h, linear(gatedUnit(gate, up), `${block}.mlp.down_proj`));
  };

  const memory: KeysAndValues[] = [];
  let h = embed(decoder, tf.reshape(tokens, [-1]));
  for (let layer = 0; layer < depth; layer++) {
    if (layer === constant && members > 1) {
      const shared = h;
      h = tf.tile(shared, [members, 1]);
      shared.dispose();
      places = [members * places[0], places[1]];
    }
    const before = h;
    const block = () =>
      tf.tidy(() => {
        const attended = attention(before, layer);
        return { ...attended, h: mlp(attended.h, layer) };
      });
    const after = layer < constant ? offTape(block) : block();
    before.dispose();
    if (after.memory) memory.push(after.memory);
    h = after.h;
  }
  return { h: tf.reshape(norm(h, "model.norm"), [...places, width]), memory };
}

/** What tokens stand for, int32 `[R]` to `[R, width]`; the gradient reaches `heard`. */
function embed({ config, weights, heard }: Decoder, tokens: Tensor): Tensor {
  const table = weights["model.embed_tokens.weight"];
  if (!heard) return tf.gather(table, tokens);
  const vocabulary = tf.scalar(config.vocabulary, "int32");
  const last = tf.scalar(config.vocabulary - 1, "int32");
  const beyond = tf.sub(tokens, vocabulary);
  return tf.where(
    tf.expandDims(tf.greaterEqual(tokens, vocabulary), 1),
    heardRows(heard, tf.maximum(beyond, tf.scalar(0, "int32"))),
    tf.gather(table, tf.minimum(tokens, last)),
  );
}

/**
 * Rows `[R, width]` of what was heard, `[H, width]`, at places int32 `[R]`. The gradient
 * adds them up by a product: WebAssembly has no kernel of TensorFlow.js' own.
 */
function heardRows(heard: Tensor, places: Tensor): Tensor {
  return withGradient(([heard], save) => {
    save([places]);
    return {
      value: tf.gather(heard, places),
      gradFunc(dy, [places]) {
        const rows = tf.range(0, heard.shape[0], 1, "int32");
        const chosen = tf.equal(
          tf.expandDims(rows, 1),
          tf.expandDims(places, 0),
        );
        return tf.matMul(tf.cast(chosen, "float32"), dy);
      },
    };
  })(heard);
}

/** The weights of the head, `[V, width]`. */
export function headOf({ config, weights }: Decoder): Tensor {
  return weights[config.tied ? "model.embed_tokens.weight" : "lm_head.weight"];
}
