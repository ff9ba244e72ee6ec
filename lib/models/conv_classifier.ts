import { type Tensor, tf } from "../tf/backend.ts";
import { assertPositiveInteger } from "../tf/check.ts";
import { type Classifier } from "./classifier.ts";
import { countMembers, initParams } from "./params.ts";

type Tensor4D = ReturnType<Tensor["as4D"]>;
type Size4D = [number, number, number, number];

const widths = [8, 16];
const kernelSizes = [5, 3];

/**
 * A small convolutional classifier of square pictures: two convolutions of
 * stride 2 with ReLU (5x5 to 8 channels, 3x3 to 16), then a linear layer. It is
 * trained on native TensorFlow or WebGPU: TensorFlow.js has no gradient of a
 * convolution on WebAssembly.
 *
 * @param options `side` in pixels, a multiple of 4; the number of `classes`; the
 * `channels` of a pixel, 1 when left out.
 * @returns The classifier.
 * @throws {RangeError} If a size is not a positive integer or `side` is not a
 * multiple of 4.
 *
 * @example
 * ```ts
 * import { convClassifier, disposeParams, keys, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const classifier = convClassifier({ side: 28, classes: 10 });
 * const params = tf.tidy(() => classifier.init(keys([1])));
 * const logits = tf.tidy(() => classifier.logits(params, tf.zeros([3, 5, 784])));
 * assertEquals(logits.shape, [3, 5, 10]);
 * disposeParams(params);
 * logits.dispose();
 * ```
 */
export function convClassifier(
  { side, classes, channels = 1 }: {
    side: number;
    classes: number;
    channels?: number;
  },
): Classifier {
  for (const [name, value] of Object.entries({ side, classes, channels })) {
    assertPositiveInteger(name, value);
  }
  if (side % 4 !== 0) {
    throw new RangeError(`Expected side to be a multiple of 4, got ${side}`);
  }
  const dim = side * side * channels;
  const [k1, k2] = kernelSizes;
  const [c1, c2] = widths;
  const features = (side / 4) ** 2 * c2;
  const specs = {
    "conv1/kernel": {
      shape: [k1, k1, channels, c1],
      std: Math.sqrt(2 / channels) / k1,
    },
    "conv1/bias": { shape: [c1], std: 0 },
    "conv2/kernel": {
      shape: [k2, k2, c1, c2],
      std: Math.sqrt(2 / c1) / k2,
    },
    "conv2/bias": { shape: [c2], std: 0 },
    "output/kernel": {
      shape: [features, classes],
      std: 1 / Math.sqrt(features),
    },
    "output/bias": { shape: [1, classes], std: 0 },
  };

  return {
    dim,
    classes,
    init: (keys) => initParams(keys, specs),
    logits(params, x) {
      const members = countMembers(params);
      if (members !== 1) {
        throw new TypeError(
          `Cannot classify: expected params of 1 member, got ${members}`,
        );
      }
      const leading = x.shape.slice(0, -1);
      if (x.shape.at(-1) !== dim) {
        throw new TypeError(
          `Cannot classify: expected x of shape [..., ${dim}], got [${x.shape}]`,
        );
      }
      return tf.tidy(() => {
        const convolve = (input: Tensor4D, layer: string, kernel: Size4D) => {
          const output = tf.conv2d(
            input,
            params[`${layer}/kernel`].as4D(...kernel),
            2,
            "same",
          );
          const bias = tf.reshape(params[`${layer}/bias`], [-1]);
          return tf.relu(tf.add<Tensor4D>(output, bias));
        };
        const pictures = x.as4D(-1, side, side, channels);
        const h1 = convolve(pictures, "conv1", [k1, k1, channels, c1]);
        const h2 = convolve(h1, "conv2", [k2, k2, c1, c2]);
        const flat = tf.reshape(h2, [1, -1, features]);
        const logits = tf.matMul(flat, params["output/kernel"]);
        return tf.reshape(tf.add(logits, params["output/bias"]), [
          ...leading,
          classes,
        ]);
      });
    },
  };
}
