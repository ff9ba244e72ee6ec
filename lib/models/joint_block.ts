import { type Tensor, tf } from "../tf/backend.ts";
import { rmsNorm, silu } from "./activations.ts";
import { type Params, type ParamSpec } from "./params.ts";

/** The size of a block of two streams. */
export interface JointSize {
  /** Features of a token. */
  width: number;
  /** Attention heads; divides `width`. */
  heads: number;
  /** Whether it is the last block, after which the text is not needed. */
  last: boolean;
}

/** Tokens of a picture and of a text, `[M, N, T, width]` each. */
export interface Streams {
  picture: Tensor;
  text: Tensor;
}

const streams = ["picture", "text"] as const;
type StreamName = (typeof streams)[number];

/** How much wider than a token the hidden layer of its perceptron is. */
const expansion = 4;

/** The parameters of {@linkcode jointBlock}, by names that begin with the block's. */
export function jointBlockSpecs(
  block: string,
  { width, heads, last }: JointSize,
): Record<string, ParamSpec> {
  const kernel = (inputs: number, outputs: number): ParamSpec => ({
    shape: [inputs, outputs],
    std: 1 / Math.sqrt(inputs),
  });
  return Object.fromEntries(streams.flatMap((stream) => {
    const ends = last && stream === "text";
    const specs: [string, ParamSpec][] = [
      // Zero, so that a block starts as the identity: adaLN-zero.
      ["modulate", { shape: [width, (ends ? 2 : 6) * width], std: 0 }],
      ["attend", kernel(width, (ends ? 2 : 3) * width)],
      ["key", { shape: [1, 1, 1, width / heads], std: 0 }],
    ];
    if (!ends) {
      specs.push(
        ["query", { shape: [1, 1, 1, width / heads], std: 0 }],
        ["merge", kernel(width, width)],
        ["up", kernel(width, expansion * width)],
        ["down", kernel(expansion * width, width)],
      );
    }
    return specs.map(([name, spec]) => [`${block}/${stream}/${name}`, spec]);
  }));
}

/**
 * A block of two streams with weights of their own, which attend to each other as one
 * sequence (MM-DiT: Esser et al. 2024, arXiv 2403.03206, figure 2b). Each stream is
 * modulated by the condition, `norm(h) (1 + scale) + shift`, and what it adds is gated
 * (adaLN-zero: Peebles and Xie 2023, arXiv 2212.09748). Queries and keys are normalised,
 * with learned gains of `1 + g`.
 *
 * Deviates from the paper: root mean square in place of layer norms, SiLU in place of
 * GELU, no biases; all cheaper on a CPU.
 *
 * @param params With the block's, of M members.
 * @param block Its name.
 * @param inputs The tokens, and what each sample is conditioned on, `[M, N, width]`.
 * @param size The block's size.
 * @returns The tokens after it; those of the text stay as they are after the last one.
 */
export function jointBlock(
  params: Params,
  block: string,
  { picture, text, condition }: Streams & { condition: Tensor },
  { heads, last }: JointSize,
): Streams {
  const [members, samples, , width] = picture.shape as number[];
  const size = width / heads;
  const of = (stream: StreamName, name: string) =>
    params[`${block}/${stream}/${name}`];
  const apply = (x: Tensor, kernel: Tensor): Tensor => {
    const tokens = x.shape[2]!;
    const flat = tf.reshape(x, [members, samples * tokens, -1]);
    return tf.reshape(tf.matMul(flat, kernel), [members, samples, tokens, -1]);
  };
  const tokens = { picture, text };
  const parts = streams.map((stream) => {
    const modulation = tf.matMul(condition, of(stream, "modulate"));
    const ends = last && stream === "text";
    const [shift, scale, ...more] = tf
      .split(tf.expandDims(modulation, 2), ends ? 2 : 6, -1);
    const x = modulated(tokens[stream], shift, scale);
    // The kernel is split, not what it makes of all tokens.
    const kernel = of(stream, "attend");
    const kernels = ends ? [kernel] : tf.split(kernel, [2 * width, width], -1);
    const [both, ...query] = kernels.map((kernel) => apply(x, kernel));
    return { stream, more, both, query, length: x.shape[2]! };
  });
  /** Each `width` of the features of all tokens, as `[M*N, heads, T, size]`. */
  const perHead = (all: Tensor[]) => {
    const joint = tf.concat(all, 2);
    const shape = [members * samples, joint.shape[2]!, -1, heads, size];
    const apart = tf.transpose(tf.reshape(joint, shape), [2, 0, 3, 1, 4]);
    // TensorFlow.js has no gradient of taking one apart.
    return apart.shape[0] === 1
      ? [tf.reshape(apart, apart.shape.slice(1))]
      : tf.unstack(apart);
  };
  /** Normalises, and multiplies by `1 + g` of the stream of each token. */
  const gained = (x: Tensor, name: "key" | "query", factor: number) => {
    const having = parts.filter(({ stream }) => of(stream, name));
    const gains = having.map(({ stream, length }) => {
      const gain = tf.mul(tf.add(1, of(stream, name)), factor);
      return tf.mul(gain, tf.ones([length, 1])); // [M, 1, 1, T, size]
    });
    const ofMembers = [members, samples, heads, -1, size];
    const y = tf.reshape(rmsNorm(x), ofMembers);
    return tf.reshape(tf.mul(y, tf.concat(gains, 3)), x.shape);
  };
  const [values, keys] = perHead(parts.map(({ both }) => both));
  const [queries] = perHead(parts.flatMap(({ query }) => query));
  const q = gained(queries, "query", 1 / Math.sqrt(size));
  const k = gained(keys, "key", 1);
  const shares = tf.softmax(tf.matMul(q, k, false, true));
  const mixed = tf.transpose(tf.matMul(shares, values), [0, 2, 1, 3]);
  const all = tf.reshape(mixed, [members, samples, -1, width]);
  // TensorFlow.js has no gradient of a split into one part.
  const attended = last
    ? [all]
    : tf.split(all, parts.map(({ length }) => length), 2);
  const [pictureAfter, textAfter] = parts.map(({ stream, more }, i) => {
    if (more.length === 0) return text;
    const [gate, shift, scale, gateAfter] = more;
    const merged = apply(attended[i], of(stream, "merge"));
    const h = tf.add(tokens[stream], tf.mul(gate, merged));
    const up = silu(apply(modulated(h, shift, scale), of(stream, "up")));
    return tf.add(h, tf.mul(gateAfter, apply(up, of(stream, "down"))));
  });
  return { picture: pictureAfter as Tensor, text: textAfter as Tensor };
}

/** `norm(h) (1 + scale) + shift`. */
export const modulated = (h: Tensor, shift: Tensor, scale: Tensor): Tensor =>
  tf.add(tf.mul(rmsNorm(h), tf.add(1, scale)), shift);
