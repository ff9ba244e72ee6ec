import { silu } from "../models/activations.ts";
import { type Tensor, tf } from "../tf/backend.ts";

/** Tensors or their shapes by name, as a checkpoint of PyTorch has them. */
export type Named<Value> = Record<string, Value>;

/**
 * Low-rank additions to linear layers, `W x + scale B (A x)` (Hu et al. 2021, arXiv
 * 2106.09685, eq. 3): for a layer `name` of the frozen base, `name.lora_A.weight`
 * `[M, r, in]` and `name.lora_B.weight` `[M, out, r]`, a pair for each member.
 */
export interface LowRank {
  /** The pairs; what is trained. */
  params: Named<Tensor>;
  /** `alpha / r`. */
  scale: number;
}

/** The layers of a frozen model under one prefix, with what is trained beside them. */
export interface Layers {
  /** A tensor of the checkpoint. */
  tensor(name: string): Tensor;
  /** A linear layer: `x` `[B, ..., in]` to `[B, ..., out]`. */
  linear(name: string, x: Tensor): Tensor;
  /** The layers under a longer prefix. */
  under(prefix: string): Layers;
}

/**
 * Makes layers of named tensors.
 *
 * A batch of B is that of M members, the samples of a member together, where there
 * are low-rank additions: M divides B.
 *
 * @param tensors Of the checkpoint; linear weights are `[out, in]`.
 * @param lowRank What is added to the linear layers that it names.
 * @param prefix What all names begin with.
 */
export function layersOf(
  tensors: Named<Tensor>,
  lowRank: LowRank | undefined,
  prefix = "",
): Layers {
  return {
    tensor: (name) => tensors[prefix + name],
    under: (longer) => layersOf(tensors, lowRank, `${prefix}${longer}.`),
    linear(name, x) {
      const weight = tensors[`${prefix}${name}.weight`];
      const bias = tensors[`${prefix}${name}.bias`];
      const [outputs, inputs] = weight.shape;
      const rows = tf.reshape(x, [-1, inputs]);
      let y = tf.matMul(rows, weight, false, true);
      if (bias) y = tf.add(y, bias);
      const a = lowRank?.params[`${prefix}${name}.lora_A.weight`];
      if (a) {
        const b = lowRank.params[`${prefix}${name}.lora_B.weight`];
        const perMember = tf.reshape(rows, [a.shape[0], -1, inputs]);
        const down = tf.matMul(perMember, a, false, true); // [M, rows, r]
        const up = tf.matMul(tf.mul(down, lowRank.scale), b, false, true);
        y = tf.add(y, tf.reshape(up, y.shape));
      }
      return tf.reshape(y, [...x.shape.slice(0, -1), outputs]);
    },
  };
}

/** The shapes of linear layer `name`, `[out, in]`, with a bias or without. */
export function linearShapes(
  name: string,
  inputs: number,
  outputs: number,
  { bias = true }: { bias?: boolean } = {},
): Named<number[]> {
  return {
    [`${name}.weight`]: [outputs, inputs],
    ...bias && { [`${name}.bias`]: [outputs] },
  };
}

/** Shapes under a prefix. */
export function under(
  prefix: string,
  shapes: Named<number[]>,
): Named<number[]> {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [`${prefix}.${name}`, shape]),
  );
}

/** Shapes of the blocks of a stack, each under its number. */
export function underEach(
  stack: string,
  blocks: readonly Named<number[]>[],
): Named<number[]> {
  return Object.assign(
    {},
    ...blocks.map((shapes, i) => under(`${stack}.${i}`, shapes)),
  );
}

/** Two linear layers with an activation between; `width` features in the middle. */
export function twoLayerShapes(
  [first, second]: readonly [string, string],
  { inputs, width, outputs = width }: {
    inputs: number;
    width: number;
    outputs?: number;
  },
): Named<number[]> {
  return {
    ...linearShapes(first, inputs, width),
    ...linearShapes(second, width, outputs),
  };
}

/** `second(activation(first(x)))`. */
export function twoLayers(
  layers: Layers,
  [first, second]: readonly [string, string],
  x: Tensor,
  activation: (x: Tensor) => Tensor = silu,
): Tensor {
  return layers.linear(second, activation(layers.linear(first, x)));
}
