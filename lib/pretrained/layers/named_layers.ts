import { silu } from "../../models/activations.ts";
import { type Params } from "../../models/params.ts";
import { type Tensor, tf } from "../../tf/backend.ts";
import { frozenProduct } from "./frozen.ts";
import { adapted } from "./lora.ts";
import { affineNorm } from "./normalise.ts";
import { recomputed } from "./recompute.ts";

/** Tensors or their shapes by name, as a checkpoint of PyTorch has them. */
export type Named<Value> = Record<string, Value>;

/** The layers of a frozen model under one prefix, with what is trained beside them. */
export interface Layers {
  /** A tensor of the checkpoint. */
  tensor(name: string): Tensor;
  /** A linear layer: `x` `[B, ..., in]` to `[B, ..., out]`. */
  linear(name: string, x: Tensor): Tensor;
  /** The layers under a longer prefix. */
  under(prefix: string): Layers;
  /**
   * A block of a stack.
   *
   * @param name Its prefix.
   * @param f What it does, with its layers: it returns streams of tokens, `[B, T, width]`
   * each, which depend on each of `inputs`.
   * @param inputs What gradients reach.
   * @param constants What `f` takes behind them.
   */
  block(
    name: string,
    f: (layers: Layers, ...tensors: Tensor[]) => Tensor[],
    inputs: Tensor[],
    constants?: Tensor[],
  ): Tensor[];
}

/** What is run beside the tensors of a checkpoint, and how. */
export interface LayerOptions {
  /**
   * What is trained, of M members, as `lora.ts` keeps it. The batch is then that of all
   * members, the samples of a member together.
   */
  adapters?: Params;
  /** Whether a gradient runs each block again in place of remembering its values. */
  recompute?: boolean;
}

/**
 * Makes layers of named tensors.
 *
 * @param tensors Of the checkpoint; linear weights are `[out, in]`.
 * @param options What is run beside them, and how.
 * @param prefix What all names begin with.
 */
export function layersOf(
  tensors: Named<Tensor>,
  options: LayerOptions,
  prefix = "",
): Layers {
  const { adapters, recompute } = options;
  return {
    tensor: (name) => tensors[prefix + name],
    under: (longer) => layersOf(tensors, options, `${prefix}${longer}.`),
    linear(layer, x) {
      const name = prefix + layer;
      const weight = tensors[`${name}.weight`];
      const bias = tensors[`${name}.bias`];
      const [outputs, inputs] = weight.shape;
      return tf.tidy(() => {
        const rows = tf.reshape(x, [-1, inputs]);
        const product = frozenProduct(rows, weight);
        const y = bias ? tf.add(product, bias) : product;
        return tf.reshape(
          adapted(y, rows, { name, adapters }),
          [...x.shape.slice(0, -1), outputs],
        );
      });
    },
    block(name, f, inputs, constants = []) {
      const start = `${prefix}${name}.`;
      const run = (adapters: Params | undefined, given: Tensor[]) =>
        f(layersOf(tensors, { ...options, adapters }, start), ...given);
      if (!recompute) return run(adapters, [...inputs, ...constants]);
      const names = Object.keys(adapters ?? {})
        .filter((name) => name.startsWith(start));
      const own = names.map((name) => adapters![name]);
      let tokens: number[] = [];
      const joined = recomputed(
        (...all) => {
          const [trained, rest] = [
            all.slice(0, names.length),
            all.slice(names.length),
          ];
          const theirs = names.map((name, i) => [name, trained[i]]);
          const streams = run(
            { ...adapters, ...Object.fromEntries(theirs) },
            rest,
          );
          tokens = streams.map(({ shape }) => shape[1]!);
          return streams.length > 1 ? tf.concat(streams, 1) : streams[0];
        },
        [...own, ...inputs],
        constants,
      );
      // TensorFlow.js has no gradient of a split into one part.
      return tokens.length > 1 ? tf.split(joined, tokens, 1) : [joined];
    },
  };
}

/**
 * Runs blocks one after the other; what stands between them is disposed.
 *
 * @param count How many blocks.
 * @param start What the first one is given; it stays.
 * @param next What becomes of it in a block.
 * @returns What the last one makes.
 */
export function stacked<Streams extends Tensor[]>(
  count: number,
  start: Streams,
  next: (streams: Streams, block: number) => Streams,
): Streams {
  let streams = start;
  for (let block = 0; block < count; block++) {
    const before = streams;
    streams = tf.tidy(() => next(before, block));
    const gone = before.filter((one) =>
      !start.includes(one) && !streams.includes(one)
    );
    tf.dispose(gone);
  }
  return streams;
}

/** A norm with a gain and an offset; see {@linkcode affineNorm}. */
export function normLayer(
  layers: Layers,
  name: string,
  x: Tensor,
  epsilon: number,
): Tensor {
  const { tensor } = layers.under(name);
  const affine = { weight: tensor("weight"), bias: tensor("bias") };
  return affineNorm(x, affine, epsilon);
}

/** The shapes of a norm. */
export const normShapes = (name: string, width: number): Named<number[]> => ({
  [`${name}.weight`]: [width],
  [`${name}.bias`]: [width],
});

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
