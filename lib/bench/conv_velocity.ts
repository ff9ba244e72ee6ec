import { silu } from "../models/activations.ts";
import { conditioning, conditioningSpecs } from "../models/conditioning.ts";
import { initParams } from "../models/params.ts";
import { type VelocityModel } from "../models/velocity_model.ts";
import { type Tensor, tf } from "../tf/backend.ts";

type Tensor4D = ReturnType<Tensor["as4D"]>;

/**
 * A plain convolutional velocity net of one member: four 3 by 3 convolutions at
 * full size, 1 → C → 2C → C → 1 channels, with the time added after the first. It
 * stands for nets that are bound by their convolutions.
 *
 * @param options The `side` of a picture and the `channels` C.
 */
export function convVelocity(
  { side, channels }: { side: number; channels: number },
): VelocityModel {
  const sizes = [1, channels, 2 * channels, channels, 1];
  const layers = sizes.slice(1).map((out, i) => ({
    name: `conv${i + 1}`,
    shape: [3, 3, sizes[i], out] as [number, number, number, number],
  }));
  const specs = Object.fromEntries([
    ...Object.entries(conditioningSpecs({ contexts: 1, width: channels })),
    ...layers.flatMap(({ name, shape }) => [
      [`${name}/kernel`, { shape, std: Math.sqrt(2 / (9 * shape[2])) }],
      [`${name}/bias`, { shape: [shape[3]], std: 0 }],
    ]),
  ]);
  return {
    dim: side * side,
    contexts: 1,
    init: (keys) => initParams(keys, specs),
    velocity: (params, xt, t, c) =>
      tf.tidy(() => {
        const shift = tf.reshape(
          conditioning(params, t, c),
          [-1, 1, 1, channels], // [N, 1, 1, C]
        );
        let h = xt.as4D(-1, side, side, 1);
        layers.forEach(({ name, shape }, i) => {
          const kernel = params[`${name}/kernel`].as4D(...shape);
          const bias = tf.reshape(params[`${name}/bias`], [-1]);
          h = tf.add<Tensor4D>(tf.conv2d(h, kernel, 1, "same"), bias);
          if (i === 0) h = tf.add<Tensor4D>(h, shift);
          if (i < layers.length - 1) h = silu(h) as Tensor4D;
        });
        return tf.reshape(h, xt.shape);
      }),
  };
}
