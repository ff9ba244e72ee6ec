import { type Tensor, tf } from "../../tf/backend.ts";
import { aboutFolder, readAllTensors } from "../checkpoints/read_tensors.ts";
import { openWeights } from "../checkpoints/weights.ts";
import { layersOf } from "../layers/named_layers.ts";
import { pictureVae } from "./picture_vae.ts";

/** A pretrained autoencoder of pictures, frozen. Gradients reach what it is given. */
export interface PictureVae {
  /** What latents are multiplied by for a transformer, after the shift. */
  readonly scalingFactor: number;
  /** What is subtracted from latents for a transformer. */
  readonly shiftFactor: number;
  /**
   * The distribution of latents of pictures.
   *
   * @param pictures float32 `[B, 3, H, W]`, from -1 to 1.
   * @returns Its mean and the logarithm of its variance, as the encoder says it, not
   * bounded, `[B, C, H / stride, W / stride]`, which the caller disposes.
   * @throws {TypeError} If the type or the shape does not fit.
   */
  encode(pictures: Tensor): { mean: Tensor; logVariance: Tensor };
  /**
   * The pictures of latents: of a transformer's, `x / scalingFactor + shiftFactor`.
   *
   * @param latents float32 `[B, C, h, w]`.
   * @returns `[B, 3, h stride, w stride]`, about -1 to 1, which the caller disposes.
   * @throws {TypeError} If the type or the shape does not fit.
   */
  decode(latents: Tensor): Tensor;
  /** Disposes the weights. */
  dispose(): void;
}

/**
 * Loads the autoencoder of Stable Diffusion 3 or FLUX.1 from a folder of diffusers,
 * `AutoencoderKL`; what it makes of pictures and latents is what diffusers does.
 *
 * @param folder The folder, such as `stable-diffusion-3-medium/vae`.
 * @returns The autoencoder, which the caller disposes.
 * @throws {RangeError} If its class or a value of the configuration is not supported, or
 * a weight is missing, too many, or of another shape, naming it.
 * @throws {Deno.errors.NotFound} If a file is missing, naming it.
 *
 * @example
 * ```ts
 * import { loadPictureVae, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = new URL("tests/pretrained/fixtures/vae", `file://${Deno.cwd()}/`);
 * const vae = await loadPictureVae(folder.pathname); // a tiny one, random
 * const pictures = tf.tidy(() => vae.decode(tf.randomNormal([1, 3, 4, 6])));
 * assertEquals(pictures.shape, [1, 3, 8, 12]);
 * pictures.dispose();
 * vae.dispose();
 * ```
 */
export async function loadPictureVae(folder: string): Promise<PictureVae> {
  const weights = await openWeights(folder);
  try {
    const { _class_name: className } = weights.config;
    if (className !== "AutoencoderKL") {
      throw new RangeError(
        `expected _class_name to be AutoencoderKL, got ${
          JSON.stringify(className)
        }`,
      );
    }
    const architecture = pictureVae(weights.config);
    const { channels, stride, scalingFactor, shiftFactor } = architecture;
    const tensors = await readAllTensors(weights, architecture.shapes);
    const layers = layersOf(tensors, {});
    return {
      scalingFactor,
      shiftFactor,
      encode(pictures) {
        assertChannels({ pictures }, channels.pictures, stride);
        return tf.tidy(() => {
          const moments = architecture.encode(layers, channelsLast(pictures));
          const [mean, logVariance] = tf.split(channelsFirst(moments), 2, 1);
          return { mean, logVariance };
        });
      },
      decode(latents) {
        assertChannels({ latents }, channels.latents, 1);
        return tf.tidy(() =>
          channelsFirst(architecture.decode(layers, channelsLast(latents)))
        );
      },
      dispose: () => tf.dispose(tensors),
    };
  } catch (error) {
    throw aboutFolder(error, folder);
  } finally {
    weights.close();
  }
}

const channelsLast = (x: Tensor): Tensor => tf.transpose(x, [0, 2, 3, 1]);
const channelsFirst = (x: Tensor): Tensor => tf.transpose(x, [0, 3, 1, 2]);

function assertChannels(
  given: Record<string, Tensor>,
  channels: number,
  stride: number,
): void {
  const [[name, { dtype, shape }]] = Object.entries(given);
  const [, count, height, width] = shape;
  const fits = shape.length === 4 && count === channels &&
    height % stride === 0 && width! % stride === 0;
  if (dtype !== "float32" || !fits) {
    throw new TypeError(
      `Expected ${name} to be float32 of shape [B, ${channels}, H, W]${
        stride > 1 ? ` with H and W multiples of ${stride}` : ""
      }, got ${dtype} [${shape.join(", ")}]`,
    );
  }
}
