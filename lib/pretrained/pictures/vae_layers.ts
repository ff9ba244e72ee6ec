import { silu } from "../../models/activations.ts";
import { type Tensor, tf } from "../../tf/backend.ts";
import { attention, perHead } from "../layers/attention.ts";
import {
  type Layers,
  linearShapes,
  type Named,
  normShapes,
  under,
} from "../layers/named_layers.ts";

type Tensor4D = ReturnType<Tensor["as4D"]>;

/** The epsilon of every norm. */
const epsilon = 1e-6;

/** Residual blocks of one resolution, and what changes it after them. */
export interface Stage {
  from: number;
  width: number;
  count: number;
  sampler?: string;
}

/** The shapes of a convolution. */
export const convolutionShapes = (
  name: string,
  inputs: number,
  outputs: number,
  side = 3,
): Named<number[]> => ({
  [`${name}.weight`]: [outputs, inputs, side, side],
  [`${name}.bias`]: [outputs],
});

const residualShapes = (name: string, from: number, width: number) =>
  under(name, {
    ...normShapes("norm1", from),
    ...convolutionShapes("conv1", from, width),
    ...normShapes("norm2", width),
    ...convolutionShapes("conv2", width, width),
    ...from !== width && convolutionShapes("conv_shortcut", from, width, 1),
  });

/** The shapes of stages, each under its number. */
export function stageShapes(name: string, stages: Stage[]): Named<number[]> {
  const shapes = stages.flatMap(({ from, width, count, sampler }, i) => [
    ...Array.from(
      { length: count },
      (_, j) =>
        residualShapes(`${name}.${i}.resnets.${j}`, j ? width : from, width),
    ),
    sampler ? convolutionShapes(`${name}.${i}.${sampler}`, width, width) : {},
  ]);
  return Object.assign({}, ...shapes);
}

/** The shapes of what is done at the lowest resolution. */
export const middleShapes = (
  width: number,
  attends: boolean,
): Named<number[]> =>
  under("mid_block", {
    ...residualShapes("resnets.0", width, width),
    ...residualShapes("resnets.1", width, width),
    ...attends &&
      under("attentions.0", {
        ...normShapes("group_norm", width),
        ...linearShapes("to_q", width, width),
        ...linearShapes("to_k", width, width),
        ...linearShapes("to_v", width, width),
        ...linearShapes("to_out.0", width, width),
      }),
  });

/** A convolution whose result is as large as `x`; with a stride, only where it fits. */
export function convolve(
  layers: Layers,
  name: string,
  x: Tensor,
  { stride = 1 } = {},
): Tensor {
  return tf.tidy(() => {
    const kernel = tf.transpose(layers.tensor(`${name}.weight`), [2, 3, 1, 0]);
    return tf.add(
      tf.conv2d(
        x as Tensor4D,
        kernel as Tensor4D,
        stride,
        stride === 1 ? "same" : "valid",
      ),
      layers.tensor(`${name}.bias`),
    );
  });
}

/** A row and a column of zeros below and to the right. */
export const atBottomRight = (x: Tensor): Tensor =>
  tf.pad(x, [[0, 0], [0, 1], [0, 1], [0, 0]]);

/** Each pixel four times. */
export function doubled(x: Tensor): Tensor {
  const [height, width] = x.shape.slice(1);
  const twice: [number, number] = [2 * height, 2 * width];
  return tf.image.resizeNearestNeighbor(x as Tensor4D, twice);
}

/** Normalises groups of channels of a picture (Wu and He 2018, arXiv 1803.08494, eq. 1). */
export function groupNorm(
  layers: Layers,
  name: string,
  x: Tensor,
  groups: number,
): Tensor {
  return tf.tidy(() => {
    const [batch, height, width, channels] = x.shape as number[];
    const parted = tf.reshape(x, [
      ...[batch, height * width, groups, channels / groups],
    ]);
    const mean = (x: Tensor) => tf.mean(x, [1, 3], true);
    const centred = tf.sub(parted, mean(parted));
    const scale = tf.rsqrt(tf.add(mean(tf.square(centred)), epsilon));
    return tf.add(
      tf.mul(
        tf.reshape(tf.mul(centred, scale), x.shape),
        layers.tensor(`${name}.weight`),
      ),
      layers.tensor(`${name}.bias`),
    );
  });
}

/** Two convolutions, whose result is added to what they are given. */
export function residual(layers: Layers, x: Tensor, groups: number): Tensor {
  return tf.tidy(() => {
    const first = silu(groupNorm(layers, "norm1", x, groups));
    const h = convolve(layers, "conv1", first);
    const second = silu(groupNorm(layers, "norm2", h, groups));
    const same = layers.tensor("conv1.weight").shape[0] === x.shape[3];
    const shortcut = same ? x : convolve(layers, "conv_shortcut", x);
    return tf.add(shortcut, convolve(layers, "conv2", second));
  });
}

/** Attention of all places of a picture to each other, as one head. */
export function attend(layers: Layers, x: Tensor, groups: number): Tensor {
  return tf.tidy(() => {
    const [batch, height, width, channels] = x.shape as number[];
    const normal = tf.reshape(groupNorm(layers, "group_norm", x, groups), [
      ...[batch, height * width, channels],
    ]);
    const [query, key, value] = ["to_q", "to_k", "to_v"]
      .map((name) => perHead(layers.linear(name, normal), 1));
    const mixed = attention({ query, key, value });
    return tf.add(x, tf.reshape(layers.linear("to_out.0", mixed), x.shape));
  });
}
