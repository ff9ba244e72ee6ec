import { type Tensor, tf } from "../../tf/backend.ts";
import { attention, perHead } from "../layers/attention.ts";
import { frozenNorm } from "../layers/frozen.ts";
import {
  type Layers,
  linearShapes,
  type Named,
} from "../layers/named_layers.ts";
import { layerNorm } from "../layers/normalise.ts";
import {
  adaptiveEpsilon,
  feedForward,
  feedForwardShapes,
  modulate,
  modulations,
  modulationShapes,
} from "./diffusion_layers.ts";

/** A block of two streams, of a picture and of a text. */
export interface JointBlock {
  width: number;
  heads: number;
  /** Whether queries and keys are normalised. */
  norm: boolean;
  /** Whether pictures attend to themselves a second time. */
  dual: boolean;
  /** Whether it is the last one, after which the text is not needed. */
  last: boolean;
}

/** The shapes of {@linkcode jointBlock}. */
export function jointBlockShapes(
  { width, heads, norm, dual, last }: JointBlock,
): Named<number[]> {
  const size = width / heads;
  const square = (...names: string[]) =>
    Object.assign(
      {},
      ...names.map((name) => linearShapes(name, width, width)),
    );
  const norms = (...names: string[]) =>
    norm && Object.fromEntries(names.map((name) => [`${name}.weight`, [size]]));
  return {
    ...modulationShapes("norm1", width, dual ? 9 : 6),
    ...modulationShapes("norm1_context", width, last ? 2 : 6),
    ...square("attn.to_q", "attn.to_k", "attn.to_v", "attn.to_out.0"),
    ...square("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"),
    ...norms("attn.norm_q", "attn.norm_k"),
    ...norms("attn.norm_added_q", "attn.norm_added_k"),
    ...dual && {
      ...square("attn2.to_q", "attn2.to_k", "attn2.to_v", "attn2.to_out.0"),
      ...norms("attn2.norm_q", "attn2.norm_k"),
    },
    ...feedForwardShapes("ff", width),
    ...!last && {
      ...square("attn.to_add_out"),
      ...feedForwardShapes("ff_context", width),
    },
  };
}

/** What attention needs of one stream, each `[B, heads, T, size]`. */
interface Projected {
  query: Tensor;
  key: Tensor;
  value: Tensor;
}

/** Turns queries and keys by their positions. */
export type Rotate = (x: Tensor) => Tensor;

/**
 * Projects a stream for attention; queries and keys are normalised if `norm` says so,
 * and then turned.
 *
 * @param names Of the layers of query, key and value, and of the norms of the first two.
 */
export function project(
  layers: Layers,
  x: Tensor,
  names: readonly string[],
  { heads, norm }: { heads: number; norm: boolean },
  rotate: Rotate = (x) => x,
): Projected {
  const [query, key, value] = names.slice(0, 3)
    .map((name) => perHead(layers.linear(name, x), heads));
  const [turnedQuery, turnedKey] = [query, key].map((h, i) =>
    rotate(
      norm
        ? frozenNorm(
          h,
          layers.tensor(`${names[3 + i]}.weight`),
          adaptiveEpsilon,
        )
        : h,
    )
  );
  return { query: turnedQuery, key: turnedKey, value };
}

/** The layers that project a stream on its own, for {@linkcode project}. */
export const own = ["to_q", "to_k", "to_v", "norm_q", "norm_k"] as const;

const added = [
  ...["add_q_proj", "add_k_proj", "add_v_proj"],
  ...["norm_added_q", "norm_added_k"],
];

/** Tokens of a picture and of a text, `[B, T, width]`, and what each sample is given. */
interface Streams {
  x: Tensor;
  text: Tensor;
  /** `[B, width]`. */
  condition: Tensor;
}

/** The positions of the tokens of both streams, and what turns by them. */
export interface Positions {
  x: Tensor;
  text: Tensor;
  rotation(positions: Tensor): Rotate;
}

/**
 * A block of two streams with weights of their own, which attend to each other as one
 * (MMDiT; Esser et al. 2024, arXiv 2403.03206, figure 2).
 *
 * @param stack The layers of the whole model.
 * @param name The block's prefix.
 * @param block What kind of block it is.
 * @param streams What it works on.
 * @param positions Of tokens that are turned by them; SD3's are not.
 * @returns What becomes of both streams; the text stays as it is in the last block.
 */
export function jointBlock(
  stack: Layers,
  name: string,
  block: JointBlock,
  { x, text, condition }: Streams,
  positions?: Positions,
): [x: Tensor, text: Tensor] {
  const run = (layers: Layers, ...[x, text, condition, ...ids]: Tensor[]) => {
    const [rotateX, rotateText] = ids.map((ids) => positions!.rotation(ids));
    const streams = runJointBlock(layers, block, { x, text, condition }, {
      ...{ x: rotateX, text: rotateText },
    });
    return block.last ? [streams[0]] : streams;
  };
  const ids = positions ? [positions.x, positions.text] : [];
  const inputs = [x, text, condition];
  const [nextX, nextText = text] = stack.block(name, run, inputs, ids);
  return [nextX, nextText];
}

function runJointBlock(
  layers: Layers,
  block: JointBlock,
  { x, text, condition }: Streams,
  rotate: { x?: Rotate; text?: Rotate },
): [x: Tensor, text: Tensor] {
  const { dual, last } = block;
  const [shift, scale, gate, ...rest] = modulations(
    layers,
    "norm1",
    condition,
    dual ? 9 : 6,
  );
  const normal = layerNorm(x, adaptiveEpsilon);
  const ofText = modulations(
    layers,
    "norm1_context",
    condition,
    last ? 2 : 6,
  );
  // Where no more is asked of the text, its norm has the scale before the shift.
  const [textShift, textScale] = last ? [ofText[1], ofText[0]] : ofText;
  const normalText = modulate(
    layerNorm(text, adaptiveEpsilon),
    textShift,
    textScale,
  );

  const attn = layers.under("attn");
  const [attended, attendedText] = jointAttention(
    project(attn, modulate(normal, shift, scale), own, block, rotate.x),
    project(attn, normalText, added, block, rotate.text),
  );
  let h = tf.add(x, tf.mul(gate, attn.linear("to_out.0", attended)));
  if (dual) {
    const [shift2, scale2, gate2] = rest.slice(3);
    const attn2 = layers.under("attn2");
    const again = attention(
      project(attn2, modulate(normal, shift2, scale2), own, block),
    );
    h = tf.add(h, tf.mul(gate2, attn2.linear("to_out.0", again)));
  }
  h = tf.add(h, gatedFeedForward(layers, "ff", h, rest));
  if (last) return [h, text];

  const [, , textGate, ...textRest] = ofText;
  const merged = attn.linear("to_add_out", attendedText);
  const t = tf.add(text, tf.mul(textGate, merged)) as Tensor;
  return [h, tf.add(t, gatedFeedForward(layers, "ff_context", t, textRest))];
}

/** Attention of two streams to each other as one: those of the picture come first. */
function jointAttention(
  picture: Projected,
  text: Projected,
): [picture: Tensor, text: Tensor] {
  const both = (name: keyof Projected) =>
    tf.concat([picture[name], text[name]], 2);
  const all = attention({
    query: both("query"),
    key: both("key"),
    value: both("value"),
  });
  const tokens = [picture, text].map(({ query }) => query.shape[2]!);
  const [ofPicture, ofText] = tf.split(all, tokens, 1);
  return [ofPicture, ofText];
}

/** `gate ff(norm(x) (1 + scale) + shift)`. */
function gatedFeedForward(
  layers: Layers,
  name: string,
  x: Tensor,
  [shift, scale, gate]: Tensor[],
): Tensor {
  return tf.tidy(() => {
    const normal = modulate(layerNorm(x, adaptiveEpsilon), shift, scale);
    return tf.mul(gate, feedForward(layers, name, normal));
  });
}
